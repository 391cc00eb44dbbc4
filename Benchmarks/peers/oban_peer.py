"""Oban for Python: creates jobs one by one, or drains those that were created in bulk."""

import asyncio
import os

import uvloop
from oban import Oban, worker
from oban.schema import install

import common

AT_A_TIME = int(os.environ["PEER_AT_A_TIME"])


@worker(queue="default")
class Call:
    async def process(self, job):
        pass


async def create(url, count, connections):
    pool = await Oban.create_pool(url, min_size=connections, max_size=connections)
    await install(pool)
    oban = Oban(pool=pool)

    async def one(_, __):
        await oban.enqueue(Call.new(common.PAYLOAD))

    return await common.enqueue(count, connections, one)


async def drain(url, count):
    pool = await Oban.create_pool(url, min_size=4, max_size=10)
    await install(pool)
    client = Oban(pool=pool)
    for start in range(0, count, 1000):
        await client.enqueue_many([Call.new(common.PAYLOAD) for _ in range(min(1000, count - start))])
    oban = Oban(pool=pool, queues={"default": {"limit": AT_A_TIME, "debounce_interval": 0.001}}, stager={"interval": 0.1})

    async def done():
        async with pool.connection() as connection:
            rows = await connection.execute("SELECT count(*) FROM oban_jobs WHERE state <> 'completed'")
            return (await rows.fetchone())[0] == 0

    start = common.now()
    await oban.start()
    return await common.until(done, pause=0.05) - start


def run(url, what, count, connections):
    loop = uvloop.new_event_loop()
    return loop.run_until_complete(create(url, count, connections) if what == "create" else drain(url, count))


if __name__ == "__main__":
    common.main(run)
