#!/usr/bin/env python3
"""How long after its due time a call's first request reaches LiveKit, on a server that does nothing else."""

import datetime
import os
import time

from support import disk, figures, server
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

CALLS, APART, ROUNDS = 200, 0.010, 3


def round_of_calls(client, agent, stub):
    """Schedules the calls and returns how late each one's first request was, in seconds; below zero is early."""
    stub.log()
    first = round(time.time() + 2, 3)
    due = {}
    for number in range(CALLS):
        moment = round(first + number * APART, 3)
        text = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).isoformat(timespec="milliseconds")
        body = {"agentId": agent, "phoneNumber": "+15005550001", "scheduledAt": text}
        due[client.post("/api/v1/calls/schedule", body)["data"]["id"]] = moment
    assert time.time() < first - 0.2, "scheduling took too long: the first calls would be late by it"
    time.sleep(first + CALLS * APART + 0.5 - time.time())
    late = {}
    for _, room, came, _ in stub.log():
        call = room.split("-")[2] if room.count("-") == 3 else None
        if call in due:
            late.setdefault(call, came - due[call])
    assert len(late) == CALLS, f"only {len(late)} of {CALLS} calls were begun"
    return list(late.values())


def measure():
    with server.folder() as folder, LiveKitStub(answers=True) as stub:
        database = os.path.join(folder, "due.sqlite")
        key = server.make_key(database)
        p50s, p99s, earliest, syncs = [], [], [], []
        with server.Server(database, livekit=stub.url) as running, running.client(key) as client:
            agent = server.make_agent(client)
            for _ in range(ROUNDS):
                before = disk.sync_median(folder, pause=APART)
                late = round_of_calls(client, agent, stub)
                syncs.append(figures.median([before, disk.sync_median(folder, pause=APART)]))
                p50s.append(figures.percentile(late, 0.5))
                p99s.append(figures.percentile(late, 0.99))
                earliest.append(min(late))
                figures.note(f"    late by {ms(p50s[-1])} (p50), {ms(p99s[-1])} (p99), at least {ms(min(late))}")
    sync, p50, p99 = (figures.median(values) for values in (syncs, p50s, p99s))
    return [
        Figure(
            "due time to LiveKit, p50", ms(p50), f"≤ 1 ms + 2 syncs = {ms(0.001 + 2 * sync)}", p50 <= 0.001 + 2 * sync,
            sync),
        Figure(
            "due time to LiveKit, p99", ms(p99), f"≤ 5 ms + 2 syncs = {ms(0.005 + 2 * sync)}", p99 <= 0.005 + 2 * sync,
            sync),
        Figure("due time to LiveKit, earliest", ms(min(earliest)), "≥ 0 ms", min(earliest) >= 0, sync),
    ]


if __name__ == "__main__":
    figures.main(measure)
