"""The four pressures. The load ends with the pressure; what it left behind must be gone soon after."""

import asyncio
import contextlib

from Nodes.session import Away, Refused, Session

OVERLOAD = 1.5
BURST, BURST_SECONDS = 10, 5
HTTP_READERS, SQL_READERS = 8, 2
# After the end of pressure and load every call is over.
GONE_WITHIN = 60

HEAVY = (
    "SELECT c.status, count(*), avg(c.ended - c.created), max(e.at) FROM calls c JOIN events e ON e.call = c.key "
    "JOIN attempts a ON a.call = c.key GROUP BY c.status ORDER BY 2 DESC")


async def hold(stage):
    """Another session holds a transaction open, with a snapshot and a number: nothing that dies meanwhile can be cleaned up."""
    with contextlib.closing(Session(stage.place, stage.database)) as session:
        await asyncio.to_thread(session.rows, "BEGIN ISOLATION LEVEL REPEATABLE READ")
        await asyncio.to_thread(session.rows, "SELECT count(*), txid_current() FROM calls")
        stage.count = 1
        await asyncio.Event().wait()


async def readers(stage):
    """Eight clients list, get and explain without a pause; two sessions count and join all there is, again and again."""
    await asyncio.gather(
        *(_browse(stage, number) for number in range(HTTP_READERS)), *(_report(stage) for _ in range(SQL_READERS)))


async def _browse(stage, number):
    pages = ["/api/v1/calls?limit=100", "/api/v1/calls?status=active,ringing&limit=50",
             f"/api/v1/calls?agentId={stage.agent}&sortBy=scheduledAt&offset=200", "/api/v1/calls?status=busy&limit=100"]
    while True:
        reply = await stage.client.ask("GET", pages[number % len(pages)])
        found = reply.data.get("calls", []) if reply.status == 200 else []
        stage.count += 1
        for call in found[:5]:
            await stage.client.ask("GET", f"/api/v1/calls/{call['id']}")
            await stage.client.ask("GET", f"/api/v1/calls/{call['id']}/explain")
            stage.count += 2
        number += 1
        await asyncio.sleep(0)


async def _report(stage):
    session = None
    try:
        while True:
            with contextlib.suppress(Away, Refused):
                session = session or await asyncio.to_thread(Session, stage.place, stage.database)
                await asyncio.to_thread(session.rows, HEAVY)
                stage.count += 1
            await asyncio.sleep(0)
    finally:
        if session:
            session.close()


def steady(rate, seconds):
    return lambda stage: stage.load.run(rate, seconds)


def burst(rate, seconds):
    """The usual load, and at its end ten times as much for five seconds."""
    async def run(stage):
        await stage.load.run(rate, seconds - BURST_SECONDS)
        await stage.load.run(rate * BURST, BURST_SECONDS)
        stage.count = int(rate * BURST * BURST_SECONDS)
    return run
