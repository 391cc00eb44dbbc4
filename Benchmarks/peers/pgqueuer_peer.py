"""PgQueuer: creates jobs one by one, or drains those that were created in bulk.

As fast as it was seen: uvloop, its durable tables, claims of a thousand, one connection for the worker and one per client.
"""

import asyncio
import json
import os

import asyncpg
import uvloop
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

import common

AT_A_TIME = int(os.environ["PEER_AT_A_TIME"])


async def create(url, count, connections):
    drivers = [AsyncpgDriver(await asyncpg.connect(url)) for _ in range(connections)]
    await Queries(drivers[0]).install()
    clients = [Queries(driver) for driver in drivers]
    payload = json.dumps(common.PAYLOAD).encode()

    async def one(index, _):
        await clients[index].enqueue("call", payload)

    return await common.enqueue(count, connections, one)


async def drain(url, count):
    watch = await asyncpg.connect(url)
    driver = AsyncpgDriver(await asyncpg.connect(url))
    queries = Queries(driver)
    await queries.install()
    payload = json.dumps(common.PAYLOAD).encode()
    for start in range(0, count, 1000):
        some = min(1000, count - start)
        await queries.enqueue(["call"] * some, [payload] * some, [0] * some)
    manager = QueueManager(queries)

    @manager.entrypoint("call")
    async def call(job):
        pass

    async def done():
        if worker.done():
            worker.result()
        return await watch.fetchval("SELECT NOT EXISTS (SELECT 1 FROM pgqueuer)")

    start = common.now()
    worker = asyncio.create_task(manager.run(batch_size=AT_A_TIME, mode=QueueExecutionMode.continuous))
    return await common.until(done) - start


def run(url, what, count, connections):
    loop = uvloop.new_event_loop()
    return loop.run_until_complete(create(url, count, connections) if what == "create" else drain(url, count))


if __name__ == "__main__":
    common.main(run)
