"""As many rounds as were asked for, a new house every now and then, and what they come to."""

import os
import random
import signal
import sys
import time

from .database import Postgres
from .killer import demand_strace
from .process import find_binary
from .report import Report
from .series import Series

ROUNDS_OF_A_HOUSE = 25
MOST_FAILURES = 5


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    demand_strace()
    binary = find_binary()
    # A time limit from outside ends in SIGTERM, and what runs must not outlive this script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cluster = Postgres(os.environ["POSTGRES_FOLDER"]) if os.environ.get("POSTGRES") else None
    report = Report()
    began = time.time()
    for first in range(1, rounds + 1, ROUNDS_OF_A_HOUSE):
        series = Series(binary, seed, first, min(ROUNDS_OF_A_HOUSE, rounds + 1 - first), report, cluster)
        series.run()
        if report.failed >= MOST_FAILURES:
            break
    report.print(seed, time.time() - began)
    idle = [name for name, number in report.sums.items() if not number and name != "ended as indeterminate"]
    if report.rounds >= 100 and idle:
        report.failed += 1
        print(f"FAILED: in so many rounds, none of: {', '.join(idle)}", file=sys.stderr)
    where = "PostgreSQL" if cluster else "SQLite"
    print(f"crash on {where}: {report.rounds} rounds, {report.failed} failed (seed {seed})")
    sys.exit(1 if report.failed or not report.rounds else 0)
