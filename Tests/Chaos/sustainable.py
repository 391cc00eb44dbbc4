"""The load that the nodes keep up with: raised until they do not, then narrowed down, then tried for longer."""

import asyncio
import time

from Crash.process import Died

from .report import percentile
from .stage import Stage
from .verdict import silences

FIRST, FACTOR = 60, 1.5
STEP, PAUSE, LONG = 8, 2, 30
NARROWINGS = 2
LONG_TRIES = 5
# Kept up: orders are answered so soon, almost nothing waits that was due a second ago, and cancelled phones are silent so soon.
ANSWERED_WITHIN = 1.0
OVERDUE_SHARE = 0.1
SILENT_WITHIN = 2.0


async def find(binary, place, tell):
    """The highest rate that was kept up, in calls a second."""
    stage = await asyncio.to_thread(Stage, binary, place, "sustainable")
    try:
        good, bad, rate = 0, None, FIRST
        while bad is None:
            if await _kept(stage, rate, STEP, tell):
                good, rate = rate, rate * FACTOR
            else:
                bad = rate
        for _ in range(NARROWINGS):
            rate = (good * bad) ** 0.5 if good else bad / 2
            if await _kept(stage, rate, STEP, tell):
                good = rate
            else:
                bad = rate
        rate = good or bad / 2
        for _ in range(LONG_TRIES):
            if await _kept(stage, rate, LONG, tell):
                return rate
            rate *= 0.85
        raise Died("no rate is kept up: the machine is too busy with something else")
    finally:
        await asyncio.to_thread(stage.close, False)


async def _kept(stage, rate, seconds, tell):
    """Whether the nodes keep up with the rate; one hiccup of the machine is not held against them."""
    for _ in range(2):
        if await _try(stage, rate, seconds, tell):
            return True
    return False


async def _try(stage, rate, seconds, tell):
    began = time.time()
    await stage.load.run(rate, seconds)
    overdue = await stage.rows(
        f"SELECT count(*) FROM calls WHERE phase = 0 AND due < {int(time.time() * 1000) - 1000}")
    overdue = int(overdue[0][0]) if overdue else rate * seconds
    answered = percentile(stage.load.answer_times(began), 0.99)
    await stage.load.finish(60)
    await _over(stage)
    legs = await asyncio.to_thread(stage.cluster.legs)
    silent = percentile(silences((one for one in stage.load.orders if one.wanted >= began), legs), 0.99) or 0
    kept = answered <= ANSWERED_WITHIN and overdue <= rate * OVERDUE_SHARE and silent <= SILENT_WITHIN
    tell(f"{rate:.0f}/s: orders answered in {answered * 1000:.0f} ms (p99), {overdue} calls overdue, cancelled phones "
         f"silent in {silent * 1000:.0f} ms (p99): {'kept up' if kept else 'too much'}")
    return kept


async def _over(stage):
    """Waits until almost all calls are over, hang-ups included, so that the next try does not pay for this one."""
    deadline = time.time() + 60
    while time.time() < deadline:
        await asyncio.sleep(PAUSE)
        left = await stage.rows(
            "SELECT (SELECT count(*) FROM calls WHERE phase < 5) + "
            "(SELECT count(*) FROM terminations WHERE state <> 'verified')")
        if left and int(left[0][0]) <= 20:
            return
