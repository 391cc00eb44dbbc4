#!/usr/bin/env python3
"""For how long a phone rings or talks on when its call is cancelled at an awkward moment after the dial.

The sandbox keeps LiveKit's habits; between it and the server stands a proxy that knows when the dial goes out. The
sandbox's webhooks go elsewhere, so that the server has only its own looks to go by: the worse case.
"""

import asyncio
import json
import os
import re
import time

from support import disk, figures, server
from support.figures import Figure
from support.livekit_proxy import LiveKitProxy, ask

CANCEL_AFTER = (0, 1, 2, 5, 10, 15, 20, 50, 200)
JOIN_DELAYS = (5, 12, 80)
TIMES, AT_A_TIME = 10, 5
CALL = re.compile(rb"call_[0-9A-Za-z]+")


class Race:
    """The calls of one join delay."""

    def __init__(self, port, key, agent):
        self.port, self.key, self.agent = port, key, agent
        self.dialled = {}
        self.asked = {}

    def on_dial(self, request):
        found = CALL.search(request)
        waiting = self.dialled.get(found.group().decode()) if found else None
        if waiting and not waiting.done():
            waiting.set_result(asyncio.get_running_loop().time())

    async def one(self, after, slots):
        async with slots:
            loop = asyncio.get_running_loop()
            body = json.dumps({"agentId": self.agent, "phoneNumber": "+15005550001", "scheduledAt": self.soon()}).encode()
            status, answer = await ask(self.port, "POST", "/api/v1/calls/schedule", self.key, body)
            assert status == 201, answer
            id = json.loads(answer)["data"]["id"]
            self.dialled[id] = loop.create_future()
            dialled = await asyncio.wait_for(self.dialled[id], 10)
            await asyncio.sleep(max(0, dialled + after / 1000 - loop.time()))
            self.asked[id] = (after, time.time() * 1000)
            status, answer = await ask(self.port, "DELETE", f"/api/v1/calls/{id}", self.key)
            assert status == 200, f"DELETE {after} ms after the dial: {status} {answer!r}"

    @staticmethod
    def soon():
        """Late enough that its id is known before it is dialled."""
        moment = time.time() + 0.05
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment * 1000) % 1000:03d}Z"

    async def run(self):
        slots = asyncio.Semaphore(AT_A_TIME)
        await asyncio.gather(*(self.one(after, slots) for after in CANCEL_AFTER for _ in range(TIMES)))


async def silence(sandbox_port):
    """Waits until no phone rings and no room is left, at most 15 s; returns what the phones heard."""
    for _ in range(150):
        _, phones = await ask(sandbox_port, "GET", "/sandbox/phones")
        _, rooms = await ask(sandbox_port, "GET", "/sandbox/rooms")
        legs = json.loads(phones)["legs"]
        if not any(leg["up"] for leg in legs) and not json.loads(rooms)["rooms"]:
            break
        await asyncio.sleep(0.1)
    return legs, len(json.loads(rooms)["rooms"])


def heard_for(leg, asked):
    """Milliseconds from the later of join and cancel until the phone was silent; None: it is not silent; 0: it never rang."""
    if leg["up"]:
        return None
    end = leg["byeAt"] or leg["cancelAt"]
    if leg["inviteAt"] is None or end is None:
        return 0
    return max(0, end - max(leg["joinedAt"], asked))


async def races(folder, network):
    sandbox_port = int(network.sandbox.rsplit(":", 1)[1])
    results, left = {}, 0
    race = None
    async with LiveKitProxy(sandbox_port, lambda request: race and race.on_dial(request)) as proxy:
        database = os.path.join(folder, "race.sqlite")
        key = server.make_key(database)
        with server.Server(database, livekit=proxy.url) as running:
            with running.client(key) as client:
                agent = server.make_agent(client)
            for join in JOIN_DELAYS:
                await ask(sandbox_port, "POST", "/sandbox/settings", body=json.dumps({"joinDelayMs": join}).encode())
                race = Race(int(running.port), key, agent)
                await race.run()
                legs, rooms = await silence(sandbox_port)
                left += rooms
                heard = {}
                for leg in legs:
                    id = leg["roomName"].split("-")[2]
                    if id in race.asked:
                        after, asked = race.asked[id]
                        heard.setdefault(after, []).append(heard_for(leg, asked))
                results[join] = heard
                assert sum(map(len, heard.values())) >= len(race.asked), "a dial is not known to the sandbox"
    return results, left


def measure():
    with server.folder() as folder:
        sync = disk.sync_median(folder)
        with server.Server(os.path.join(folder, "phones.sqlite")) as network:
            results, left = asyncio.run(races(folder, network))
        rows = []
        for join, heard in results.items():
            times = [value for values in heard.values() for value in values]
            up = sum(value is None for value in times)
            longest = max((value for value in times if value is not None), default=0)
            rows.append(
                Figure(
                    f"phone heard after the cancel, longest of {len(times)}, join after {join} ms",
                    f"{longest:.0f} ms" + (f", {up} still up" if up else ""), "≤ 250 ms", up == 0 and longest <= 250,
                    sync))
            for after, values in sorted(heard.items()):
                known = [value for value in values if value is not None]
                longest = max(known, default=0)
                figures.note(
                    f"    join {join} ms, cancel after {after} ms: longest {longest:.0f} ms of {len(values)}")
        rows.append(Figure("rooms left after all cancels", str(left), "0", left == 0))
        return rows


if __name__ == "__main__":
    figures.main(measure)
