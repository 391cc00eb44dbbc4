"""One run: the load, a disturbance beside it, a short drain, and the verdict."""

import asyncio
import time

from Crash.process import Died
from Nodes.endings import wait_until_over

from .stage import Stage
from .verdict import judge

# After the load: what is over by then counts for the rate, what is open after the second one is lost.
DRAIN = 10
OVER_WITHIN = 60


class Result:
    """What one run came to."""

    def __init__(self, name, rate, seconds):
        self.name, self.rate, self.seconds = name, rate, seconds
        self.verdict, self.faults, self.missed = None, [], []
        self.count, self.backlog_gone, self.folder = 0, None, None

    @property
    def settled_rate(self):
        return self.verdict.settled / self.seconds


async def play(binary, place, name, load, seconds, disturbance, rate, limit):
    """Runs `load(stage)` beside the disturbance for so many seconds, and judges."""
    result = Result(name, rate, seconds)
    stage = await asyncio.to_thread(Stage, binary, place, name, limit)
    try:
        trouble = asyncio.create_task(disturbance(stage))
        work = asyncio.create_task(load(stage))
        await asyncio.wait({trouble, work}, return_when=asyncio.FIRST_COMPLETED)
        ended = time.time()
        if trouble.done():
            work.cancel()
            result.faults.append(f"the disturbance ended: {trouble.exception()!r}")
        trouble.cancel()
        await asyncio.gather(trouble, work, return_exceptions=True)
        result.count = stage.count
        await settle(stage, result, ended)
    except Died as error:
        result.faults.append(str(error))
    finally:
        result.missed += result.faults
        result.folder = stage.folder
        await asyncio.to_thread(stage.close, bool(result.faults or result.verdict is None or result.verdict.faults))
    return result


async def over(stage, deadline):
    """Waits until all calls are over; returns what is not."""
    while True:
        await asyncio.to_thread(stage.hang_up_the_rest)
        left = await asyncio.to_thread(wait_until_over, stage.watcher, min(5, deadline - time.time()))
        if left == [] or time.time() > deadline:
            return left


async def settle(stage, result, ended):
    """Waits until all is over, and asks rows and phones."""
    await stage.load.finish(DRAIN)
    await asyncio.sleep(max(0, ended + DRAIN - time.time()))
    await stage.load.finish(OVER_WITHIN)
    left = await over(stage, ended + OVER_WITHIN)
    newest = await stage.rows("SELECT max(ended) FROM calls")
    result.backlog_gone = time.time() - ended if left or not newest else int(newest[0][0] or 0) / 1000 - ended
    stage.look_after_nodes()
    legs = await asyncio.to_thread(stage.cluster.legs)
    result.verdict = await asyncio.to_thread(judge, stage.load.orders, stage.watcher, legs, ended + DRAIN)
    for id, state in left or []:
        if id.startswith("sb-"):
            result.verdict.heard.append(f"{id}: its hang-up is {state}")
    result.faults += stage.faults
