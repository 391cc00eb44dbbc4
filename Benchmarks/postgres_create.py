#!/usr/bin/env python3
"""How many single calls a second are stored on PostgreSQL over 16 connections, beside the jobs of queues for PostgreSQL.

Theirs in process, by their own words; ours over HTTP and, as theirs, in process. Both again with a disk that takes 1 ms longer for every
sync of PostgreSQL.
"""

import json
import subprocess

from postgres_drain import ours
from support import disk, figures, native, peers, postgres, server
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

COUNT, CLIENTS, ROUNDS = 10_000, 16, 3


def over_http(db, folder, stub):
    url = db.new_database("ours")
    key = server.make_key(url)
    load = native.compiled("http_load", folder)
    with server.Server(url, livekit=stub.url, log=f"{folder}/log") as running:
        with running.client(key) as client:
            agent = server.make_agent(client)
        due = subprocess.run(["date", "-u", "-d", "tomorrow", "+%FT%TZ"], check=True, capture_output=True, text=True).stdout.strip()
        path = f"{folder}/requests"
        with open(path, "w", encoding="ascii") as file:
            for number in range(COUNT):
                body = {
                    "agentId": agent, "contactPhone": f"+1500555{number % 10_000:04d}", "scheduledAt": due,
                    "contactName": f"Contact {number}",
                    "metadata": {"campaign": "spring", "note": "as long as what a caller would say about such a call"},
                }
                file.write(f"POST /api/v1/calls/schedule {json.dumps(body)}\n")
        done = subprocess.run(
            [load, running.port, key, str(CLIENTS), path], check=True, capture_output=True, timeout=150)
        result = json.loads(done.stdout)
    count = db.number("SELECT count(*) FROM calls JOIN events ON call = key", "ours")
    assert result["ok"] == COUNT == count, f"not all were stored: {count}, {result}"
    return COUNT / result["seconds"], result["p99"]


def in_process(db):
    seconds, _ = ours(db, "--singles", str(COUNT), "--callers", str(CLIENTS), "--calls", "0")
    assert db.number("SELECT count(*) FROM calls JOIN events ON call = key", "ours") == COUNT
    return COUNT / seconds["singles"]


def compare(folder, stub, slower):
    rounds, syncs = [], []
    with postgres.Postgres(folder, slower) as db:
        for _ in range(ROUNDS):
            syncs.append(disk.sync_median(folder))
            # They are slower, and get fewer.
            rates = {name: peers.rate(name, db, "create", COUNT // 2, CLIENTS) for name in peers.NAMES}
            (http, p99), direct = over_http(db, folder, stub), in_process(db)
            best = max(rates.values())
            rounds.append((http / best, direct / best, http, direct, best, p99))
            others = ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates.items())
            figures.note(f"    over HTTP {http:.0f}/s, in process {direct:.0f}/s ({others})")
    ratio, direct_ratio, http, direct, best, p99 = (figures.median(values) for values in zip(*rounds))
    where = " (fdatasync + 1 ms)" if slower else ""
    sync = figures.median(syncs)
    against = "against the best of pgqueuer, oban and awa"
    return [
        Figure(f"PostgreSQL: single calls stored over HTTP, 16 connections, {against}{where}",
            f"{ratio:.2f} times ({http:.0f}/s against {best:.0f}/s; p99 {ms(p99)})", "≥ 3 times", ratio >= 3, sync),
        Figure(f"PostgreSQL: the same in process, as theirs, 16 callers{where}",
            f"{direct_ratio:.2f} times ({direct:.0f}/s)", "≥ 3 times", direct_ratio >= 3, sync),
    ]


def measure():
    peers.python()
    with postgres.folder() as folder, LiveKitStub() as stub:
        return compare(folder, stub, 0) + compare(folder, stub, 1000)


if __name__ == "__main__":
    figures.main(measure)
