"""awa (in Rust, with a door for Python): creates jobs one by one, or drains those that were created in bulk."""

import asyncio
import os
from dataclasses import asdict, dataclass, field

import asyncpg
import awa
import uvloop

import common

AT_A_TIME = int(os.environ["PEER_AT_A_TIME"])


@dataclass
class Call:
    phone: str
    agent: str
    contact: str
    metadata: dict = field(default_factory=dict)


async def create(url, count, connections):
    client = awa.AsyncClient(url, max_connections=connections)
    await client.migrate()
    call = Call(**common.PAYLOAD)

    async def one(_, __):
        await client.insert(call)

    return await common.enqueue(count, connections, one)


async def drain(url, count):
    client = awa.AsyncClient(url, max_connections=20)
    await client.migrate()
    calls = [Call(**common.PAYLOAD) for _ in range(1000)]
    for start in range(0, count, 1000):
        await client.insert_many_copy(calls[: min(1000, count - start)])
    watch = await asyncpg.connect(url.replace("@localhost", "@"))
    finished = 0

    @client.task(Call, queue="default")
    async def call(job):
        nonlocal finished
        finished += 1

    async def done():
        if finished < count:
            return False
        return await watch.fetchval("SELECT count(*) FROM awa.jobs WHERE state IN ('available', 'running')") == 0

    start = common.now()
    await client.start([("default", AT_A_TIME)], poll_interval_ms=10)
    return await common.until(done) - start


def run(url, what, count, connections):
    loop = uvloop.new_event_loop()
    return loop.run_until_complete(create(url, count, connections) if what == "create" else drain(url, count))


if __name__ == "__main__":
    common.main(run)
