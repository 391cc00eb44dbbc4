#!/usr/bin/env python3
"""How soon `serve` answers over 1,000,000 stored calls, and how much memory it holds: idle, and with 1,000 live calls."""

import os
import time

from support import disk, figures, server, stored_calls
from support.figures import Figure
from support.livekit_stub import LiveKitStub

STORED, LIVE, STARTS = 1_000_000, 1_000, 5


def start(database, key, livekit):
    """Seconds from the start of the process to the first answer, which needs the key and the calls."""
    began = time.monotonic()
    with server.Server(database, livekit=livekit) as running, running.client(key) as client:
        client.get("/api/v1/calls?status=active&limit=1")
        return time.monotonic() - began


def idle(database, livekit):
    """What is resident after ten seconds in which nobody asked for anything."""
    with server.Server(database, livekit=livekit) as running:
        time.sleep(10)
        return running.memory()


def with_live_calls(folder):
    """The most that is resident while LIVE calls talk, over two comparisons with LiveKit's rooms.

    And the most while they began.
    """
    phones, database = os.path.join(folder, "phones.sqlite"), os.path.join(folder, "live.sqlite")
    key = server.make_key(database)
    with (
        server.Server(phones) as network, server.Server(database, livekit=network.sandbox) as running,
        running.client(key) as client,
    ):
        agent = server.make_agent(client, agentName="bench")
        beginning = 0.0
        for _ in range(LIVE):
            client.post("/api/v1/calls/outbound", {"agentId": agent, "phoneNumber": "+15005550001"})
        deadline = time.monotonic() + 60
        while client.get("/api/v1/calls?status=active&limit=1")["data"]["pagination"]["total"] < LIVE:
            assert time.monotonic() < deadline, f"not all of {LIVE} calls became active"
            beginning = max(beginning, running.memory()[0])
            time.sleep(0.1)
        samples = []
        for _ in range(42):
            samples.append(running.memory())
            time.sleep(0.5)
        total = client.get("/api/v1/calls?status=active&limit=1")["data"]["pagination"]["total"]
        assert total == LIVE, f"only {total} calls are still active"
        return max(samples), beginning


def measure():
    with server.folder() as folder:
        sync = disk.sync_median(folder)
        database, key = stored_calls.history(folder, STORED)
        with LiveKitStub(rooms=stored_calls.live_rooms(database)) as stub:
            times = [start(database, key, stub.url) for _ in range(STARTS)]
            figures.note("    started in " + ", ".join(f"{seconds * 1000:.0f}" for seconds in times) + " ms")
            full, full_own = idle(database, stub.url)
            with server.Server(database, livekit=stub.url) as running, running.client(key) as client:
                total = client.get("/api/v1/calls?status=active&limit=1")["data"]["pagination"]["total"]
            assert total == stored_calls.ACTIVE, f"only {total} stored calls are still live"
        with LiveKitStub() as stub:
            server.make_key(os.path.join(folder, "empty.sqlite"))
            empty, empty_own = idle(os.path.join(folder, "empty.sqlite"), stub.url)
        (live, live_own), beginning = with_live_calls(folder)
        figures.note(f"    at most {beginning:.0f} MB were resident while the {LIVE} calls began")
        first = figures.median(times)
        return [
            Figure(f"serve, first answer over {STORED:,} stored calls", f"{first * 1000:.0f} ms", "≤ 300 ms", first <= 0.3, sync),
            Figure("serve, resident when idle, new database", f"{empty:.0f} MB ({empty_own:.0f} its own)", "≤ 60 MB", empty <= 60),
            Figure(f"serve, resident when idle, {STORED:,} stored calls, {stored_calls.ACTIVE} of them live",
                f"{full:.0f} MB ({full_own:.0f} its own)"),
            Figure(f"serve, resident with {LIVE:,} live calls", f"{live:.0f} MB ({live_own:.0f} its own)", "≤ 150 MB", live <= 150),
        ]


if __name__ == "__main__":
    figures.main(measure)
