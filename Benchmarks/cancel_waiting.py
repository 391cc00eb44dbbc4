#!/usr/bin/env python3
"""How many waiting calls a second are cancelled over 32 connections, beside the same statements run by hand.

And how long one cancel waits. Both again with a disk that takes 1 ms longer for every sync.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess

from support import disk, figures, native, server, stored_calls
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

CALLS, CONNECTIONS, ROUNDS = 20_000, 32, 3


class Database:
    """One database of waiting calls; every run gets a copy."""

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "waiting.sqlite")
        self.key = server.make_key(self.path)
        connection = stored_calls.connect(self.path)
        ids = stored_calls.insert_waiting(connection, CALLS)
        self.key_id = connection.execute("SELECT id FROM keys").fetchone()[0]
        stored_calls.finish(connection)
        self.ids = os.path.join(folder, "ids")
        with open(self.ids, "w", encoding="ascii") as file:
            file.writelines(id + "\n" for id in ids)
        self.requests = os.path.join(folder, "requests")
        with open(self.requests, "w", encoding="ascii") as file:
            file.writelines(f"DELETE /api/v1/calls/{id}\n" for id in ids)

    def copy(self):
        path = os.path.join(self.folder, "run.sqlite")
        for suffix in ("-wal", "-shm", ".lock", ".log"):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
        return stored_calls.copy(self.path, path)

    def cancelled(self):
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "run.sqlite"))) as connection:
            sql = "SELECT count(*) FROM calls WHERE status = 'cancelled' AND events = 2"
            return connection.execute(sql).fetchone()[0]


def through_server(database, stub, slower):
    load = native.compiled("http_load", database.folder)

    def change(environment):
        return native.slowed(environment, database.folder, slower)

    with server.Server(database.copy(), livekit=stub.url, change=change) as running:
        before = running.cpu_seconds()
        command = [load, running.port, database.key, str(CONNECTIONS), database.requests]
        done = subprocess.run(command, check=True, capture_output=True, timeout=120)
        result = json.loads(done.stdout)
        result["server_cpu"] = running.cpu_seconds() - before
    assert result["ok"] == CALLS == database.cancelled(), f"not all were cancelled: {result}"
    return result


def by_hand(database, slower):
    program = native.compiled("sql_by_hand", database.folder)
    digest = hashlib.sha256(database.key.encode()).hexdigest()
    environment = native.slowed(os.environ, database.folder, slower)
    command = [program, database.copy(), database.key_id, digest, str(CONNECTIONS), database.ids]
    done = subprocess.run(command, check=True, capture_output=True, timeout=120, env=environment)
    result = json.loads(done.stdout)
    assert result["calls"] == CALLS == database.cancelled(), f"not all were cancelled: {result}"
    return result


def compare(database, stub, slower):
    """Both, one after the other, three times; returns the figures."""
    ratios, p99s, rates, shares, syncs = [], [], [], [], []
    for _ in range(ROUNDS):
        before = disk.sync_median(database.folder)
        hand = CALLS / by_hand(database, slower)["seconds"]
        ours = through_server(database, stub, slower)
        syncs.append(figures.median([before, disk.sync_median(database.folder)]))
        rate = CALLS / ours["seconds"]
        rates.append((rate, hand))
        ratios.append(rate / hand)
        p99s.append(ours["p99"])
        shares.append(ours["cpu"] / (ours["cpu"] + ours["server_cpu"]))
        figures.note(
            f"    {rate:.0f}/s against {hand:.0f}/s by hand: {rate / hand:.3f}; p50 {ms(ours['p50'])}, p99"
            f" {ms(ours['p99'])}, max {ms(ours['max'])}; CPU {ours['server_cpu'] / CALLS * 1e6:.0f} µs a call in the"
            f" server, {shares[-1]:.0%} of all in the client")
    where = " (fdatasync + 1 ms)" if slower else ""
    ratio, p99, sync = (figures.median(values) for values in (ratios, p99s, syncs))
    rate, hand = (figures.median(values) for values in zip(*rates))
    share = figures.median(shares)
    return [
        Figure(
            f"DELETE of waiting calls, 32 connections: share of the SQL's own speed{where}",
            f"{ratio:.3f} ({rate:.0f}/s of {hand:.0f}/s; the client took {share:.0%} of the CPU)", "≥ 0.35",
            ratio >= 0.35, sync),
        Figure(f"DELETE of waiting calls, 32 connections: p99{where}", ms(p99), "≤ 25 ms", p99 <= 0.025, sync),
    ]


def measure():
    with server.folder() as folder, LiveKitStub() as stub:
        database = Database(folder)
        return compare(database, stub, 0) + compare(database, stub, 1000)


if __name__ == "__main__":
    figures.main(measure)
