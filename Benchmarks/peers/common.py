"""What the harnesses of the peers share: how they are called, and what they print."""

import asyncio
import json
import os
import sys
import time

# Two hundred bytes, as a call of ours has them.
PAYLOAD = {
    "phone": "+15005550001", "agent": "00000000-0000-4000-8000-000000000000", "contact": "Contact",
    "metadata": {"campaign": "spring", "note": "as long as what a caller would say about such a call, or so"},
}

now = time.perf_counter


async def enqueue(count, clients, one):
    """The seconds that so many single jobs take, over so many clients, each of which waits until its job is stored."""
    left = iter(range(count))

    async def client(index):
        for number in left:
            await one(index, number)

    start = now()
    await asyncio.gather(*(client(index) for index in range(clients)))
    return now() - start


async def until(condition, patience=120.0, pause=0.01):
    """Waits until the database says so; returns the time at which it did."""
    deadline = now() + patience
    while not await condition():
        if now() > deadline:
            raise TimeoutError("the jobs were not done in time")
        await asyncio.sleep(pause)
    return now()


def main(run):
    """usage: PEER.py URL create|drain COUNT [CLIENTS]"""
    url, what, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    clients = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    seconds = run(url, what, count, clients)
    print(json.dumps({"jobs": count, "seconds": seconds}), flush=True)
    # Some of them would go on tidying up for seconds.
    os._exit(0)
