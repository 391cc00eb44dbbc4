"""Nodes are killed while they dial: how long until another one has each of their dials."""

import asyncio
import time

from Nodes.phones import legs_by_call

from .stage import Stage

ROUNDS = 12
# Calls that ring, over all nodes, when one dies; none of them ends by itself while it is watched.
RINGING = 60
RINGING_TIMEOUT = 60
# Live nodes renew every 2 s: what was not renewed for so long is the dead one's.
TELLING = 4.5
WATCHED = 25
LOOK_EVERY = 0.05


class TakeOver:
    def __init__(self):
        self.times, self.faults, self.rounds = [], [], 0


async def measure(binary, place, rounds, tell):
    result = TakeOver()
    stage = await asyncio.to_thread(Stage, binary, place, "takeover", ringing_timeout=RINGING_TIMEOUT)
    try:
        for number in range(rounds):
            await _round(stage, stage.nodes[number % len(stage.nodes)], number, result, tell)
            result.rounds += 1
        legs = await asyncio.to_thread(stage.cluster.legs)
        for call, found in legs_by_call(legs).items():
            if len(found) > 1:
                result.faults.append(f"{call}: {len(found)} dials")
        if any(leg["up"] for leg in legs):
            result.faults.append("a phone is up at the end")
        stage.look_after_nodes()
        result.faults += stage.faults
    finally:
        await asyncio.to_thread(stage.close, bool(result.faults))
    return result


async def _round(stage, victim, number, result, tell):
    """Calls ring; the node dies; its dials are those that nobody renews."""
    orders = [
        stage.client.ask(
            "POST", "/api/v1/calls/outbound", {"agentId": stage.agent, "phoneNumber": "+15005550003"},
            once=f"take-{number}-{one}")
        for one in range(RINGING)]
    ids = {reply.data["id"] for reply in await asyncio.gather(*orders) if reply.status == 201}
    await _wait(stage, f"SELECT count(*) >= {len(ids)} FROM calls WHERE status = 'ringing'")
    victim.kill()
    killed = time.time()
    at_death = {room: (int(ready), fence) for room, ready, fence in await _dials(stage)}
    theirs, took = None, {}
    while time.time() < killed + WATCHED:
        now = {room: (int(ready), fence) for room, ready, fence in await _dials(stage)}
        seen = time.time() - killed
        for room, (_, fence) in at_death.items():
            if room not in took and (room not in now or now[room][1] != fence):
                took[room] = seen
        if theirs is None and seen >= TELLING:
            theirs = set(took) | {room for room, (ready, _) in at_death.items() if now.get(room, (0, 0))[0] == ready}
        if theirs is not None and theirs <= set(took):
            break
        await asyncio.sleep(LOOK_EVERY)
    theirs = theirs or set()
    result.times += [took.get(room, float("inf")) for room in theirs]
    result.faults += [f"{room} had no new holder within {WATCHED} s" for room in theirs - set(took)]
    result.faults += [f"{room} was taken from a living node" for room in set(took) - theirs]
    slowest = max((took.get(room, float("inf")) for room in theirs), default=0)
    tell(f"{victim.name} died with {len(theirs)} of {len(at_death)} dials; the last had a new holder after {slowest:.1f} s")
    victim.start()
    await stage.client.ask("POST", "/api/v1/calls/cancel", {"filter": {"all": True}}, once=f"end-{number}")
    await _wait(
        stage, "SELECT (SELECT count(*) FROM calls WHERE phase < 5) = 0 "
        "AND (SELECT count(*) FROM terminations WHERE state <> 'verified') = 0")
    await asyncio.to_thread(victim.wait_until_ready)


async def _dials(stage):
    return await stage.rows("SELECT room, ready, fence FROM dials") or []


async def _wait(stage, sql, limit=30):
    deadline = time.time() + limit
    while await stage.rows(sql) != [["t"]]:
        if time.time() > deadline:
            raise TimeoutError(f"not within {limit} s: {sql}")
        await asyncio.sleep(LOOK_EVERY)
