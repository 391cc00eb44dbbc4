#!/usr/bin/env python3
"""How many due calls a second are carried out on PostgreSQL, beside the jobs that queues for PostgreSQL carry out.

Ours in process as theirs: the dispatcher with phones that are busy at once. A call is done when it has ended, its dial is settled and
its room is known to be gone. And how many calls a second are scheduled by batches of 1,000.
"""

import json
import os
import subprocess

from support import disk, figures, peers, postgres, server
from support.figures import Figure

CALLS, ROUNDS = 20_000, 3


def ours(db, *options):
    path = os.environ.get("DRAIN") or os.path.join(server.BUILD, "release", "drain")
    command = [path, db.new_database("ours"), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=150)
    return json.loads(done.stdout), done.stderr


def drained(db):
    seconds, log = ours(db, "--calls", str(CALLS), "--carry-out")
    # Each once, whatever the log says.
    wrong = db.number(
        "SELECT count(*) FROM calls c WHERE status <> 'busy' OR attempts <> 1 OR NOT EXISTS"
        " (SELECT 1 FROM terminations t WHERE t.call = c.key AND t.state = 'verified')", "ours")
    count = db.number("SELECT count(*) FROM calls", "ours")
    assert wrong == 0 and count == CALLS, f"{wrong} of {count} calls did not end as they must: {log[-500:]}"
    return CALLS / seconds["silent"]


def scheduled(db):
    seconds, _ = ours(db, "--calls", "100000")
    count = db.number("SELECT count(*) FROM calls JOIN events ON call = key", "ours")
    assert count == 100_000, f"{count} calls are stored"
    return count / seconds["batched"]


def measure():
    peers.python()
    with postgres.folder() as folder, postgres.Postgres(folder) as db:
        rounds, batches, syncs = [], [], []
        for _ in range(ROUNDS):
            syncs.append(disk.sync_median(folder))
            rates = {name: peers.rate(name, db, "drain", CALLS) for name in peers.NAMES}
            rounds.append((drained(db), max(rates.values())))
            batches.append(scheduled(db))
            others = ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates.items())
            figures.note(f"    drained {rounds[-1][0]:.0f}/s ({others}); scheduled {batches[-1]:.0f}/s")
        rate, best = (figures.median(values) for values in zip(*rounds))
        ratio = figures.median([ours / best for ours, best in rounds])
        batch, sync = figures.median(batches), figures.median(syncs)
        return [
            Figure("PostgreSQL: due calls drained, against the best of pgqueuer, oban and awa",
                f"{ratio:.2f} times ({rate:.0f}/s against {best:.0f}/s)", "≥ 1.8 times", ratio >= 1.8, sync),
            Figure("PostgreSQL: calls scheduled by batches of 1,000", f"{batch:.0f}/s", "≥ 20000/s", batch >= 20_000, sync),
        ]


if __name__ == "__main__":
    figures.main(measure)
