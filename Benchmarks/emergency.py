#!/usr/bin/env python3
"""One stop over everything while 500 people talk and 5,000 calls wait: when it is in force, and when the last phone is silent.

The stop comes while the queue is being dialled, 200 calls a second, so that some dials are in flight. The sandbox says what the phones heard;
its webhooks go elsewhere, so that the server has only its own looks to go by.
"""

import contextlib
import json
import os
import sqlite3
import time

from support import disk, figures, server
from support.client import Client
from support.figures import Figure, ms

TALKING, WAITING, JOIN_DELAY, ROUNDS = 500, 5_000, 80, 3
TALKS = "+15005550001"


def legs(sandbox):
    return sandbox.get("/sandbox/phones")["legs"]


def fill(client, sandbox):
    """Returns once so many talk, so many wait, and the dispatcher has begun to dial these."""
    def place(count, agent):
        for _ in range(count):
            client.expect(201, "POST", "/api/v1/calls/outbound", {"agentId": agent, "phoneNumber": TALKS})

    talking, waiting = server.make_agent(client), server.make_agent(client)
    client.expect(200, "PATCH", f"/api/v1/agents/{waiting}", {"status": "inactive"})
    place(WAITING + 100, waiting)
    place(TALKING, talking)
    deadline = time.monotonic() + 60
    while sum(leg["answeredAt"] is not None and leg["up"] for leg in legs(sandbox)) < TALKING:
        assert time.monotonic() < deadline, "not all of the first calls were answered"
        time.sleep(0.2)
    client.expect(200, "PATCH", f"/api/v1/agents/{waiting}", {"status": "active"})
    time.sleep(0.4)


def quiet(sandbox, deadline):
    """What the phones heard, once none is up and no room is left."""
    while True:
        heard = legs(sandbox)
        if not any(leg["up"] for leg in heard) and not sandbox.get("/sandbox/rooms")["rooms"]:
            return heard
        assert time.monotonic() < deadline, f"{sum(leg['up'] for leg in heard)} phones are still up"
        time.sleep(0.1)


def sent_after(database, moment):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT count(*) FROM attempts WHERE sent > ?", (moment,)).fetchone()[0]


def one_round(folder, number):
    with server.Server(os.path.join(folder, f"phones-{number}.sqlite")) as network, Client(network.sandbox) as sandbox:
        sandbox.expect(200, "POST", "/sandbox/settings", {"joinDelayMs": JOIN_DELAY})
        database = os.path.join(folder, f"emergency-{number}.sqlite")
        key = server.make_key(database)
        with server.Server(database, livekit=network.sandbox, SWITCHBOARD_DIALS_PER_SECOND=200) as running:
            with running.client(key) as client:
                fill(client, sandbox)
                waiting = client.get("/api/v1/calls?status=initiated&limit=1")["data"]["pagination"]["total"]
                asked = time.time() * 1000
                status, body, took = client.ask("POST", "/api/v1/stops", {"scope": {"all": True}})
                answered = time.time() * 1000
                assert status == 201, body
                stop = json.loads(body)["data"]["id"]
                heard = quiet(sandbox, time.monotonic() + 30)
                # A dial that had slipped through would be heard of by now.
                time.sleep(1)
                heard = quiet(sandbox, time.monotonic() + 30)
                drain = client.get(f"/api/v1/stops/{stop}")["data"]["drain"]
        live = [leg for leg in heard if (leg["byeAt"] or leg["cancelAt"] or 0) > asked]
        # In flight: joined after the stop was asked for. Rings from its join, or from the answer where that came later.
        rings = [
            (leg["byeAt"] or leg["cancelAt"]) - max(leg["joinedAt"], answered)
            for leg in live if leg["joinedAt"] > asked and leg["inviteAt"] is not None]
        result = {
            "answer": took,
            "waiting": waiting,
            "live": len(live),
            "in_flight": sum(leg["joinedAt"] is not None and leg["joinedAt"] > asked for leg in heard),
            "sent": sent_after(database, answered),
            # Accepted by LiveKit so long before its join.
            "dialled": max([leg["joinedAt"] - JOIN_DELAY - answered for leg in heard if leg["joinedAt"]], default=0),
            "ring": max(rings, default=0),
            "silence": max((leg["byeAt"] or leg["cancelAt"]) - asked for leg in live),
            "cancelled": drain["cancelled"],
            "unverified": drain["terminationsPending"],
        }
        figures.note(
            f"    {waiting} waited, {len(live)} phones up, {result['in_flight']} dials in flight; 201 after {ms(took)}; sent after it"
            f" {result['sent']} (the last dial reached LiveKit {result['dialled']:.0f} ms after it); longest ring {result['ring']:.0f} ms; all silent after"
            f" {result['silence']:.0f} ms; {result['cancelled']} cancelled, {result['unverified']} not verified")
        return result


def measure():
    with server.folder() as folder:
        sync = disk.sync_median(folder)
        rounds = [one_round(folder, number) for number in range(ROUNDS)]
    answer = figures.median([one["answer"] for one in rounds])
    worst = {name: max(one[name] for one in rounds) for name in ("sent", "ring", "silence", "in_flight", "live", "waiting")}
    scene = f"{worst['live']} phones up, {worst['waiting']} calls waiting"
    return [
        Figure(f"POST /stops with {scene}: the stop is in force", ms(answer), "≤ 50 ms", answer <= 0.05, sync),
        Figure("attempts that became sent after its 201", str(worst["sent"]), "0", worst["sent"] == 0),
        Figure(
            f"longest ring after join, of up to {worst['in_flight']} dials in flight", f"{worst['ring']:.0f} ms", "≤ 250 ms",
            worst["ring"] <= 250, sync),
        Figure("all phones silent, worst of three rounds", f"{worst['silence']:.0f} ms", "≤ 5000 ms", worst["silence"] <= 5000, sync),
    ]


if __name__ == "__main__":
    figures.main(measure)
