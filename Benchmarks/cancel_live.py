#!/usr/bin/env python3
"""What the cancel of a ringing and of an active call takes, without what LiveKit's DeleteRoom took."""

import os
import time

from support import disk, figures, server
from support.client import Client
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

CALLS, ROUNDS, APART = 100, 3, 0.020


def live_calls(client, agent, status):
    """Dials, and returns the ids once all have that status."""
    ids = []
    for _ in range(CALLS):
        body = {"agentId": agent, "phoneNumber": "+15005550001"}
        ids.append(client.post("/api/v1/calls/outbound", body)["data"]["id"])
    deadline = time.monotonic() + 20
    while client.get(f"/api/v1/calls?status={status}&limit=1")["data"]["pagination"]["total"] < CALLS:
        assert time.monotonic() < deadline, f"not all calls became {status}"
        time.sleep(0.05)
    return ids


def own_times(client, ids, stub):
    stub.log()
    whole = {}
    for id in ids:
        status, body, whole[id] = client.ask("DELETE", f"/api/v1/calls/{id}")
        assert status == 200, body
        # What goes on after the answer, the look whether the room is gone, belongs to this call and not to the next one.
        time.sleep(APART)
    theirs = {room.split("-")[2]: took for method, room, _, took in stub.log() if method == "DeleteRoom"}
    assert set(ids) <= set(theirs), "a DELETE answered before the room was deleted"
    return [whole[id] - theirs[id] for id in ids]


def bare_exchange(stub):
    """What one HTTP exchange with the stub takes at the same pace.

    Two exchanges are in every DELETE: the client's and the one with LiveKit.
    """
    took = []
    with Client(stub.url) as client:
        for _ in range(CALLS):
            took.append(client.ask("POST", "/twirp/livekit.RoomService/ListParticipants", {})[2])
            time.sleep(APART)
    return figures.median(took)


def one_kind(status, answers):
    with server.folder() as folder, LiveKitStub(answers=answers) as stub:
        database = os.path.join(folder, "live.sqlite")
        key = server.make_key(database)
        medians, p99s, syncs, bare = [], [], [], []
        with server.Server(database, livekit=stub.url) as running, running.client(key) as client:
            agent = server.make_agent(client)
            for _ in range(ROUNDS):
                ids = live_calls(client, agent, status)
                # Until the first look of dials that ring is over, and everything is quiet.
                time.sleep(0.5)
                before = disk.sync_median(folder, pause=APART)
                bare.append(bare_exchange(stub))
                own = own_times(client, ids, stub)
                syncs.append(figures.median([before, disk.sync_median(folder, pause=APART)]))
                medians.append(figures.median(own))
                p99s.append(figures.percentile(own, 0.99))
                figures.note(f"    {status}: {ms(medians[-1])} (p50), {ms(p99s[-1])} (p99)")
        middle, p99, sync = figures.median(medians), figures.median(p99s), figures.median(syncs)
        return Figure(
            f"DELETE of one {status} call, own time, p50",
            f"{ms(middle)} (p99 {ms(p99)}; a bare HTTP exchange: {ms(figures.median(bare))})",
            f"≤ 1 ms + 1 sync = {ms(0.001 + sync)}", middle <= 0.001 + sync, sync)


def measure():
    return [one_kind("active", answers=True), one_kind("ringing", answers=False)]


if __name__ == "__main__":
    figures.main(measure)
