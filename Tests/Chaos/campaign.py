"""All of it, one after the other: the sustainable load, the undisturbed run, chaos, pressure, take-over."""

import argparse
import asyncio
import collections
import os
import signal
import sys
import time

from Crash.process import Process, find_binary

from . import disturbances, pressure, sustainable, takeover
from .report import percentile, row, table
from .scenario import play

SHARE_OF_SUSTAINABLE = 0.7
SHARE_OF_UNDISTURBED = 0.95
PRESSURES = ["hold", "overload", "readers", "burst"]
NAMES = [*disturbances.ALL, *PRESSURES, "takeover"]
LONGEST_PRESSURE = 60
TAKEN_OVER_WITHIN = 10.0
# A run may take so much longer than its load.
SLACK = 240


def tell(text):
    print(f"  {text}", flush=True)


def told(verdict):
    """What the table does not show."""
    if verdict is None:
        return ""
    reasons = collections.Counter(one.rsplit(": ", 1)[1] for one in verdict.given_up)
    return f", no answer to {verdict.orders_unanswered} orders and {verdict.cancels_unanswered} cancels" + "".join(
        f", {number} {reason}" for reason, number in reasons.items())


class Campaign:
    def __init__(self, seconds, only, rate):
        self.binary, self.place = find_binary(), os.environ["POSTGRES_FOLDER"]
        self.seconds, self.only, self.rate = seconds, only, rate
        self.rows, self.notes, self.missed = [], [], []
        self.undisturbed = None

    async def run(self):
        began = time.time()
        if not self.rate:
            print("the sustainable load")
            self.rate = await sustainable.find(self.binary, self.place, tell)
        self.load = self.rate * SHARE_OF_SUSTAINABLE
        print(f"sustainable: {self.rate:.0f} calls/s; {SHARE_OF_SUSTAINABLE:.0%} of it is {self.load:.0f}")
        if set(self.only) & set(disturbances.ALL):
            self.undisturbed = await self.play("undisturbed", pressure.steady(self.load, self.seconds), self.seconds)
        for name, disturbance in disturbances.ALL.items():
            if name in self.only:
                await self.play(name, pressure.steady(self.load, self.seconds), self.seconds, disturbance)
        for name in PRESSURES:
            if name in self.only:
                await self.press(name, max(10, min(self.seconds, LONGEST_PRESSURE)))
        if "takeover" in self.only:
            await self.take_over()
        print(f"\n{table(self.rows)}\n")
        for note in self.notes:
            print(note)
        print(f"chaos: {'MISSED: ' + ', '.join(self.missed) if self.missed else 'passed'} in {time.time() - began:.0f} s")

    async def play(self, name, load, seconds, disturbance=disturbances.none, rate=None, bound=None):
        """One run, held against the undisturbed one where `bound` names no other criterion."""
        print(f"{name}: {seconds} s", flush=True)
        rate = rate or self.load
        async with asyncio.timeout(seconds + SLACK):
            result = await play(self.binary, self.place, name, load, seconds, disturbance, rate, self.rate)
        if result.verdict:
            result.missed += [f"{kind}: {found[0]}" for kind, found in result.verdict.faults.items()]
            for kind, found in result.verdict.faults.items():
                tell(f"{kind} {len(found)}: " + "; ".join(found[:3]))
            if bound is None and self.undisturbed:
                share = result.settled_rate / max(self.undisturbed.settled_rate, 0.001)
                if share < SHARE_OF_UNDISTURBED:
                    result.missed.append(f"{share:.3f} of the undisturbed rate")
            elif bound is not None and result.backlog_gone > bound:
                result.missed.append(f"the backlog was gone after {result.backlog_gone:.1f} s, not {bound}")
            elif name == "undisturbed" and result.settled_rate < SHARE_OF_UNDISTURBED * rate:
                result.missed.append("not even the undisturbed run kept up")
            if name != "undisturbed" and result.count == 0:
                result.missed.append("nothing was disturbed")
            if result.verdict.acknowledged == 0 or result.verdict.cancelled == 0:
                result.missed.append("no call, or no cancel, was acknowledged")
        for fault in result.faults:
            tell(fault)
        for missed in result.missed:
            tell(f"MISSED: {missed[:300]}")
        if result.missed:
            self.missed.append(name)
            tell(f"what its processes said is in {result.folder}")
        self.rows.append(row(result, self.undisturbed if bound is None else None))
        tell(" | ".join(self.rows[-1]) + f" | disturbed {result.count} times" + told(result.verdict))
        return result

    async def press(self, name, seconds):
        rate, load, disturbance = self.load, pressure.steady(self.load, seconds), None
        if name == "hold":
            disturbance = pressure.hold
        elif name == "readers":
            disturbance = pressure.readers
        elif name == "overload":
            rate = self.rate * pressure.OVERLOAD
            load = pressure.steady(rate, seconds)
        else:
            load = pressure.burst(rate, seconds)

        async def nothing_beside(stage):
            stage.count = 1
            await asyncio.Event().wait()

        await self.play(name, load, seconds, disturbance or nothing_beside, rate, pressure.GONE_WITHIN)

    async def take_over(self):
        rounds = takeover.ROUNDS if self.seconds >= 60 else 3
        print(f"takeover: {rounds} nodes are killed while they dial", flush=True)
        async with asyncio.timeout(rounds * 60 + SLACK):
            result = await takeover.measure(self.binary, self.place, rounds, tell)
        p99 = percentile(result.times, 0.99)
        slowest = max(result.times, default=None)
        if p99 is None or p99 > TAKEN_OVER_WITHIN or result.faults:
            self.missed.append("takeover")
        for fault in result.faults[:5]:
            tell(fault)
        if p99 is not None:
            self.notes.append(
                f"takeover: {len(result.times)} dials of {result.rounds} killed nodes had a new holder after "
                f"{percentile(result.times, 0.5):.1f} s (p50), {p99:.1f} s (p99), {slowest:.1f} s (longest); "
                f"{len(result.faults)} faults: {'MISSED' if 'takeover' in self.missed else 'ok'}")


def main():
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"{', '.join(NAMES)}; none: all of them")
    parser.add_argument("--seconds", type=int, default=300, help="how long each disturbance lasts (300)")
    parser.add_argument("--rate", type=float, default=0, help="the sustainable load in calls a second, where it is known")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.scenarios if name not in NAMES]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are: {', '.join(NAMES)}")
    campaign = Campaign(arguments.seconds, arguments.scenarios or NAMES, arguments.rate)

    async def run():
        task = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await campaign.run()

    try:
        asyncio.run(run())
    except asyncio.CancelledError:
        sys.exit("chaos: interrupted")
    finally:
        Process.kill_all()
    sys.exit(1 if campaign.missed else 0)
