#!/usr/bin/env python3
"""10,000 waiting calls cancelled by one request, and how long another client waits for its own meanwhile.

Both again with a disk that takes 1 ms longer for every sync.
"""

import contextlib
import json
import os
import sqlite3
import threading
import time

from support import disk, figures, native, server, stored_calls
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

CALLS, OTHERS, ROUNDS = 10_000, 4_000, 3


class Beside(threading.Thread):
    """Another client: a GET and a DELETE in turns, until it is told to end."""

    def __init__(self, running, key, ids):
        super().__init__()
        self.running, self.key, self.ids = running, key, ids
        self.took = []
        self.ends = threading.Event()

    def run(self):
        with self.running.client(self.key) as client:
            for id in self.ids:
                for method in ("GET", "DELETE"):
                    status, body, took = client.ask(method, f"/api/v1/calls/{id}")
                    assert status == 200, f"{method}: {status} {body!r}"
                    self.took.append((time.perf_counter(), took))
                if self.ends.is_set():
                    break


def one_round(folder, prepared, key, ids, stub, slower):
    path = os.path.join(folder, "run.sqlite")
    for suffix in ("-wal", "-shm", ".lock", ".log"):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    stored_calls.copy(prepared, path)

    def change(environment):
        return native.slowed(environment, folder, slower)

    with server.Server(path, livekit=stub.url, change=change) as running, running.client(key) as client:
        client.get("/api/v1/calls?limit=1")
        beside = Beside(running, key, ids[CALLS:])
        beside.start()
        time.sleep(0.3)
        start = time.perf_counter()
        status, body, took = client.ask(
            "POST", "/api/v1/calls/cancel", {"ids": ids[:CALLS], "reason": "bench"}, headers="prefer: wait=30\r\n")
        end = time.perf_counter()
        beside.ends.set()
        beside.join()
        assert status == 200, f"{status} {body[:300]!r}"
        data = json.loads(body)["data"]
        assert data["cancelled"] == CALLS and data["done"], data
    with contextlib.closing(sqlite3.connect(path)) as connection:
        sql = "SELECT count(*) FROM calls WHERE status = 'cancelled' AND events = 2 AND cancelled_reason = 'bench'"
        assert connection.execute(sql).fetchone()[0] == CALLS
    meanwhile = [took for at, took in beside.took if start <= at <= end + took]
    p99 = figures.percentile(meanwhile, 0.99)
    figures.note(f"    {took:.2f} s; beside it {len(meanwhile)} requests, p50 {ms(figures.median(meanwhile))}, p99 {ms(p99)}, max {ms(max(meanwhile))}")
    return took, p99


def measure():
    rows = []
    with server.folder() as folder, LiveKitStub() as stub:
        prepared = os.path.join(folder, "waiting.sqlite")
        key = server.make_key(prepared)
        connection = stored_calls.connect(prepared)
        ids = stored_calls.insert_waiting(connection, CALLS + OTHERS)
        stored_calls.finish(connection)
        for slower in (0, 1000):
            sync = disk.sync_median(folder)
            results = [one_round(folder, prepared, key, ids, stub, slower) for _ in range(ROUNDS)]
            took, p99 = (figures.median(values) for values in zip(*results))
            where = " (fdatasync + 1 ms)" if slower else ""
            rows += [
                Figure(f"10,000 waiting calls cancelled by one request{where}", f"{took:.2f} s", "≤ 1.5 s", took <= 1.5, sync),
                Figure(f"GET and DELETE beside it: p99{where}", ms(p99), "≤ 50 ms", p99 <= 0.05, sync),
            ]
    return rows


if __name__ == "__main__":
    figures.main(measure)
