#!/usr/bin/env python3
"""Under backlog: how evenly and how fully a rate is used, and how long another organization's single call waits.

What counts is when each dial comes in at the sandbox. The INVITE leaves it 17 ms later by two timers of its own, whose moods are
told beside. SECONDS shortens the minute of each rate.
"""

import datetime
import json
import os
import time
import urllib.request

from support import figures, server
from support.figures import Figure

SECONDS = int(os.environ.get("SECONDS", "60"))
RATES = [1, 10, 30, 200]
BUSY = "+15005550004"
CROWD, SINGLES, FAIR_RATE = 100_000, 20, 20


def schedule(client, agent, calls, ahead=0.0):
    """Schedules so many calls to a busy phone, due `ahead` seconds from now."""
    due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=ahead)
    text = due.isoformat(timespec="milliseconds")
    for first in range(0, calls, 1000):
        rows = [{"phoneNumber": BUSY} for _ in range(min(1000, calls - first))]
        client.post("/api/v1/calls/batch", {"agentId": agent, "calls": rows, "defaultScheduledAt": text})


def dials(running, number=None, moment="acceptedAt"):
    """When each phone was called, in seconds, as the sandbox's truth log has it."""
    query = "" if number is None else "?number=" + number.replace("+", "%2B")
    with urllib.request.urlopen(running.sandbox + "/sandbox/phones" + query, timeout=60) as reply:
        legs = json.load(reply)["legs"]
    return sorted(leg[moment] / 1000 for leg in legs if leg[moment])


def windows_over(times, rate):
    """Rolling seconds, each beginning with a call, that see more calls than may be."""
    over = last = 0
    for first, moment in enumerate(times):
        while last < len(times) and times[last] - moment < 1:
            last += 1
        over += last - first > rate
    return over


def at_rate(folder, rate):
    """Windows of a second with more calls than may be, and the share of the rate that was used."""
    database = os.path.join(folder, f"pace-{rate}.sqlite")
    key = server.make_key(database)
    # LiveKit has a process of its own: in the server's, a dial that comes in waits for a thread behind the server's own work.
    port = server.free_port()
    settings = {"SWITCHBOARD_DIALS_PER_SECOND": rate, "SWITCHBOARD_PORT": port}
    with (
        server.Network(os.path.dirname(database), webhooks=port) as network,
        server.Server(database, livekit=network.sandbox, **settings) as running,
        running.client(key) as client,
    ):
        agent = server.make_agent(client)
        schedule(client, agent, rate * (SECONDS + 10), ahead=3)
        time.sleep(3 + 1 + SECONDS + 1)
        times, invites = dials(network), dials(network, moment="inviteAt")
    begin = times[0] + 1
    used = sum(begin <= moment < begin + SECONDS for moment in times) / (SECONDS * rate)
    over = windows_over(times, rate)
    gaps = [after - before for before, after in zip(times, times[1:])]
    figures.note(
        f"    {rate}/s: {used:.2%} used, {over} of {len(times)} windows over it ({windows_over(invites, rate)} by INVITE), "
        f"gaps up to {max(gaps) * 1000:.0f} ms")
    return over, used


def single_calls(running, client, agent):
    """Seconds from the order of each single call until it is dialled."""
    waits = []
    for turn in range(SINGLES):
        number = f"+1500556{turn:04}"
        before = len(dials(running, number))
        sent = time.time()
        client.post("/api/v1/calls/outbound", {"agentId": agent, "phoneNumber": number})
        while len(found := dials(running, number)) == before:
            time.sleep(0.05)
        waits.append(found[-1] - sent)
        time.sleep(0.13)
    return waits


def beside_a_crowd(folder):
    database = os.path.join(folder, "fair.sqlite")
    crowded, alone = (server.make_key(database, name) for name in ("crowd", "single"))
    with server.Server(database, SWITCHBOARD_DIALS_PER_SECOND=FAIR_RATE, SWITCHBOARD_MAX_LATENESS=604800) as running:
        with running.client(crowded) as crowd, running.client(alone) as client:
            agent = server.make_agent(client)
            idle = single_calls(running, client, agent)
            schedule(crowd, server.make_agent(crowd), CROWD)
            time.sleep(2)
            return idle, single_calls(running, client, agent)


def measure():
    rows = []
    with server.folder() as folder:
        for rate in RATES:
            over, used = at_rate(folder, rate)
            rows.append(Figure(f"{rate}/s, rolling seconds over it", str(over), "0", over == 0))
            rows.append(Figure(f"{rate}/s, use under backlog", f"{used:.2%}", "≥ 99.5 %", used >= 0.995))
        idle, beside = beside_a_crowd(folder)
    delay = max(beside) - figures.median(idle)
    rows.append(Figure(
        f"single call beside {CROWD:,} of another organization at {FAIR_RATE}/s, longest delay", figures.ms(delay),
        f"≤ 2/{FAIR_RATE} s", delay <= 2 / FAIR_RATE))
    return rows


if __name__ == "__main__":
    figures.main(measure)
