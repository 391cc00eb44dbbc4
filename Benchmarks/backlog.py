#!/usr/bin/env python3
"""What a dial costs the server's processor while few calls wait, and while a million do."""

import os
import time

from support import figures, server
from support.figures import Figure
from pacing import dials, schedule

WAITING, RATE, SECONDS = [10_000, 1_000_000], 50, 20


def cost(folder, waiting):
    """Seconds of processor time a dial, with so many calls that are due."""
    database = os.path.join(folder, f"backlog-{waiting}.sqlite")
    key = server.make_key(database)
    settings = {"SWITCHBOARD_DIALS_PER_SECOND": RATE, "SWITCHBOARD_MAX_LATENESS": 604800}
    with server.Server(database, **settings) as running, running.client(key) as client:
        agent = server.make_agent(client)
        schedule(client, agent, waiting)
        time.sleep(5)
        before, begin = running.cpu_seconds(), time.time()
        time.sleep(SECONDS)
        spent, end = running.cpu_seconds() - before, time.time()
        count = sum(begin <= moment < end for moment in dials(running))
    figures.note(f"    {waiting:,} waiting: {count / (end - begin):.1f} dials/s, {spent / count * 1000:.2f} ms of the processor each")
    return spent / count


def measure():
    with server.folder() as folder:
        few, many = (cost(folder, waiting) for waiting in WAITING)
    name = f"a dial's processor time, {WAITING[1]:,} waiting against {WAITING[0]:,}"
    return [Figure(name, f"{many / few:.2f} ×", "≤ 1.3 ×", many <= 1.3 * few)]


if __name__ == "__main__":
    figures.main(measure)
