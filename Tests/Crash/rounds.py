"""Rounds of load, kill, restart and judgement; some of them share one house, and the house is emptied at its end."""

import json
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

from . import checker
from .aftermath import CONSISTENT_WITHIN, Aftermath
from .client import Unanswered
from .history import History
from .house import DIAL_SECONDS, House
from .killer import Kill, demand_strace
from .load import Load
from .process import Died, Process, find_binary
from .records import check_chain
from .report import Report
from .snapshot import Snapshot, check_file

ROUNDS_OF_A_HOUSE = 25
# What is wrong with LiveKit until the kill: what hangs these phones up afterwards can only come from the database.
FAULTS = {None: 10, "unavailable": 2, "late": 1, "hang": 1, "reset": 1, "down": 1}
MOST_FAILURES = 5


class Series:
    """The rounds of one house."""

    def __init__(self, binary, seed, first, rounds, report):
        self.binary, self.seed, self.numbers, self.report = binary, seed, range(first, first + rounds), report
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchboard-crash-"))
        self.history = History()
        self.kept = False
        self.finals = {}

    def run(self):
        self.house = House(self.binary, self.folder, self.numbers[0])
        try:
            self.house.open()
            self.load = Load(self.house, self.history)
            self.aftermath = Aftermath(self.house, self.history, self.load)
            for self.number in self.numbers:
                if not self.round():
                    return
            self.end()
        except (Died, Unanswered) as error:
            self.fail({"the server comes back and answers": [str(error)]})
        finally:
            self.load and self.load.gone.set()
            self.house.close()
            if not self.kept:
                shutil.rmtree(self.folder, ignore_errors=True)

    load = None

    # One round

    def round(self):
        chance = random.Random(f"{self.seed}/{self.number}")
        self.history.round = self.number
        kill = Kill.drawn(chance)
        fault = chance.choices(list(FAULTS), list(FAULTS.values()))[0]
        # A phone that joins late: a hang-up that did not wait for it would find nobody, and the phone would ring.
        self.house.order("/sandbox/settings", {"joinDelayMs": chance.choice([5, 12, 80, 250])})
        if kill.tracer:
            self.restart_quietly(kill)
        began = time.time()
        if self.house.server:
            if fault:
                self.house.break_livekit(fault)
            self.crash(chance, kill)
        else:
            kill.kind += " at the start"
        if fault:
            self.house.mend_livekit()
        self.house.serve()
        # From the fault's beginning on nobody could hang up; without one, from the kill on.
        self.history.outages.append((began if fault else self.house.killed, self.house.ready))
        now, took, slowest = self.aftermath.wait_until_consistent()
        self.report.add(kill.kind)
        return self.judge(chance, kill, fault, now, took, slowest)

    def restart_quietly(self, kill):
        """The server that is to be killed runs behind strace from its start on; it may not even become ready."""
        self.house.kill()
        try:
            self.house.serve(kill.tracer)
        except Died:
            self.house.kill()
            self.house.server = None
        self.history.outages.append((self.house.killed, time.time()))

    def crash(self, chance, kill):
        work = self.load.run(f"{self.seed}/{self.number}")
        fell = self.load.gone.wait(kill.after)
        self.house.kill()
        self.load.gone.set()
        for one in work:
            one.result()
        if kill.counts and not fell:
            kill.kind = "instant"

    def judge(self, chance, kill, fault, now, took, slowest):
        where = f"round {self.number}"
        requests = [one for one in self.history.requests if one.round == self.number]
        faults = checker.judge(checker.RULES, self.history, now)
        if took > CONSISTENT_WITHIN:
            faults[f"consistent within {CONSISTENT_WITHIN:.0f} s of the restart"] = [slowest]
        self.aftermath.look(chance)
        lost = self.aftermath.release_stops(chance, 0.8)
        if lost:
            faults["an acknowledged stop is in force"] = lost
        self.aftermath.repeat(chance)
        done, met = self.aftermath.finish_operations()
        if done is not None and done > CONSISTENT_WITHIN:
            faults[f"an operation ends within {CONSISTENT_WITHIN:.0f} s of the restart"] = [f"after {done:.2f} s"]
        later = Snapshot(self.house)
        for name, found in checker.judge(checker.LATER, self.history, later).items():
            faults.setdefault(name, found)
        final = {id: call.status for id, call in later.calls.items() if call.is_over}
        changed = [f"{id} was {old} and is {final.get(id)}" for id, old in self.finals.items() if final.get(id) != old]
        if changed:
            faults["a final status stays"] = changed
        self.finals = final
        self.note("from the start to readiness", self.house.starting, where)
        self.note("from readiness to consistency", took, where)
        if done is not None:
            self.note("from 202 or 201, or readiness, to the operation's end", done, where)
        answered = [one for one in requests if one.status]
        self.report.sums["requests answered"] += len(answered)
        self.report.sums["requests cut off"] += len(requests) - len(answered)
        self.report.sums["operations that the kill met"] += met
        self.report.sums["hang-ups that the kill met"] += checker.hang_ups_met(self.house.killed, later)
        self.report.sums["requests repeated with their key"] += sum(bool(one.once) for one in self.again())
        self.report.sums["repetitions answered from the first"] += sum(one.replayed for one in self.again())
        for action, name in (("place", "calls acknowledged"), ("cancel", "cancels acknowledged"),
                             ("bulk", "bulk cancels acknowledged"), ("stop", "stops acknowledged")):
            self.report.sums[name] += sum(one.action == action and 200 <= one.status < 300 for one in answered)
        print(
            f"round {self.number}: {kill}{f', LiveKit {fault}' if fault else ''}, {len(answered)} answers, "
            f"ready after {self.house.starting * 1000:.0f} ms, consistent {took * 1000:.0f} ms later", flush=True)
        return not faults or self.fail(faults, later)

    def again(self):
        return [
            one for one in self.history.requests if one.round == self.number and one.action.endswith(" again")]

    def note(self, name, seconds, where):
        self.report.note(name, seconds, where)

    # The end of a series

    def end(self):
        self.aftermath.release_stops(random.Random(0), 1)
        self.aftermath.cancel_everything()
        # What was sent and never seen is in flight until its deadline.
        deadline = time.time() + DIAL_SECONDS + 6
        now = Snapshot(self.house)
        while any(checker.open_work(self.history, now)) and time.time() < deadline:
            time.sleep(0.1)
            now = Snapshot(self.house)
        faults = checker.judge(checker.END, self.history, now)
        broken = check_file(self.house)
        if broken:
            faults["the database's file is sound"] = broken
        forged = check_chain(self.house)
        if forged:
            faults["the audit log's chain holds"] = forged
        where = f"rounds {self.numbers[0]} to {self.numbers[-1]}"
        self.report.sums["calls in the databases"] += len(now.calls)
        self.report.sums["phones that were dialled"] += len(now.legs)
        self.report.sums["calls cancelled"] += sum(call.status == "cancelled" for call in now.calls.values())
        self.report.sums["ended as indeterminate"] += sum(
            call.failure == "indeterminate" for call in now.calls.values())
        self.report.sums["hang-ups verified"] += sum(one["state"] == "verified" for one in now.terminations.values())
        for call, seconds in checker.late_silences(self.history, now):
            self.note("from cancel, or readiness, to silence", seconds, f"{where}, {call}")
        if faults:
            self.fail(faults, now)

    def fail(self, faults, now=None):
        """Says what broke, with all that is known of the first calls, and keeps the folder."""
        self.kept = True
        self.report.failed += 1
        print(f"FAILED at round {self.number}, seed {self.seed}; the folder is {self.folder}", file=sys.stderr)
        for name, found in faults.items():
            print(f"  {name}: {len(found)}", file=sys.stderr)
            for one in found[:5]:
                print(f"    {one}", file=sys.stderr)
            for id in [one.split()[0].rstrip(":") for one in found[:2]]:
                call = now and now.calls.get(id)
                if not call:
                    continue
                print(f"      {call}", file=sys.stderr)
                for attempt in call.attempts:
                    print(f"      {json.dumps(now.terminations.get(attempt['room']))}", file=sys.stderr)
                for request in self.history.about(call.id, call.mark)[:8]:
                    print(f"      {request}", file=sys.stderr)
        self.history.save(self.folder / "history.jsonl")
        if now:
            (self.folder / "legs.json").write_text(json.dumps(now.legs, indent=1))
        (self.folder / "outages.json").write_text(json.dumps(self.history.outages))
        return False


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    demand_strace()
    binary = find_binary()
    # A time limit from outside ends in SIGTERM, and what runs must not outlive this script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    began = time.time()
    for first in range(1, rounds + 1, ROUNDS_OF_A_HOUSE):
        Series(binary, seed, first, min(ROUNDS_OF_A_HOUSE, rounds + 1 - first), report).run()
        if report.failed >= MOST_FAILURES:
            break
    report.print(seed, time.time() - began)
    idle = [name for name, number in report.sums.items() if not number and name != "ended as indeterminate"]
    if report.rounds >= 100 and idle:
        report.failed += 1
        print(f"FAILED: in so many rounds, none of: {', '.join(idle)}", file=sys.stderr)
    print(f"crash: {report.rounds} rounds, {report.failed} failed (seed {seed})")
    sys.exit(1 if report.failed or not report.rounds else 0)
