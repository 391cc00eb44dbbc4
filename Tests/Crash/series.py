"""Rounds that share a house: each one load, kill, restart and judgement; at the end the house is emptied."""

import concurrent.futures
import json
import pathlib
import random
import shutil
import sys
import tempfile
import time

from . import checker
from .aftermath import Aftermath
from .client import Unanswered
from .database import PostgresDatabase, SQLiteFile
from .history import History
from .house import DIAL_SECONDS, House
from .killer import KINDS, KINDS_ON_POSTGRES, Kill, Outage
from .load import Load
from .process import Died, Process
from .records import check_chain
from .snapshot import Snapshot

# What is wrong with LiveKit until the kill: what hangs these phones up afterwards can only come from the database.
FAULTS = {None: 10, "unavailable": 2, "late": 1, "hang": 1, "reset": 1, "down": 1}


class Series:
    """The rounds of one house."""

    def __init__(self, binary, seed, first, rounds, report, cluster=None):
        self.binary, self.seed, self.numbers, self.report = binary, seed, range(first, first + rounds), report
        self.cluster = cluster
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="switchboard-crash-"))
        self.history = History()
        self.number = first
        self.load = None
        self.kept = False
        self.finals = {}

    def run(self):
        tag = self.numbers[0]
        database = PostgresDatabase(self.cluster, tag) if self.cluster else SQLiteFile(self.folder)
        self.history.leased_for = database.leased_for
        self.house = House(self.binary, self.folder, tag, database)
        try:
            self.house.open()
            self.load = Load(self.house, self.history)
            self.aftermath = Aftermath(self.house, self.history, self.load)
            for self.number in self.numbers:
                if not self.round():
                    return
            self.end()
        except (Died, Unanswered) as error:
            ended = [f"{one.name} ended with {one.process.returncode}" for one in Process.alive if one.process.poll()]
            self.fail({"the server comes back and answers": [str(error), *ended]})
        finally:
            if self.load:
                self.load.gone.set()
            self.house.close()
            if not self.kept:
                shutil.rmtree(self.folder, ignore_errors=True)

    # One round

    def round(self):
        chance = random.Random(f"{self.seed}/{self.number}")
        self.history.round = self.number
        kill = Kill.drawn(chance, KINDS_ON_POSTGRES if self.cluster else KINDS)
        fault = chance.choices(list(FAULTS), list(FAULTS.values()))[0]
        outage = Outage.drawn(chance, self.number, self.cluster)
        # A phone that joins late: a hang-up that did not wait for it would find nobody, and the phone would ring.
        self.house.order("/sandbox/settings", {"joinDelayMs": chance.choice([5, 12, 80, 250])})
        if kill.tracer:
            self.restart_quietly(kill)
        began = time.time()
        if self.house.server:
            if fault:
                self.house.break_livekit(fault)
            self.crash(kill, outage)
        else:
            kill.kind += " at the start"
            outage = None
        if fault:
            self.house.mend_livekit()
        self.house.serve()
        # From the fault's beginning on nobody could hang up; without one, from the kill on.
        since = began if fault or outage else self.house.killed
        self.history.outages.append((since, self.house.ready))
        now, took, slowest = self.aftermath.wait_until_consistent()
        self.report.add(kill.kind)
        return self.judge(chance, [kill, fault, outage], now, took, slowest)

    def restart_quietly(self, kill):
        """The server that is to be killed runs behind strace from its start on; it may not even become ready."""
        self.house.kill()
        try:
            self.house.serve(kill.tracer)
        except Died:
            self.house.kill()
            self.house.server = None
        self.history.outages.append((self.house.killed, time.time()))

    def crash(self, kill, outage):
        work = self.load.run(f"{self.seed}/{self.number}")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            if outage:
                work.append(pool.submit(self.crash_database, outage))
            fell = self.load.gone.wait(kill.after + (outage.longer if outage else 0))
            self.house.kill()
            self.load.gone.set()
            for one in work:
                one.result()
        if kill.counts and not fell:
            kill.kind = "instant"

    def crash_database(self, outage):
        time.sleep(outage.after)
        began = time.time()
        self.cluster.crash(outage.how)
        self.history.store_outages.append((began, time.time()))
        self.report.sums["deaths of PostgreSQL"] += 1

    def judge(self, chance, story, now, took, slowest):
        kill, fault, outage = story
        within = self.house.database.consistent_within
        faults = checker.judge(checker.RULES, self.history, now)
        if took > within:
            faults[f"consistent within {within:.0f} s of the restart"] = [slowest]
        self.aftermath.look(chance)
        lost = self.aftermath.release_stops(chance, 0.8)
        if lost:
            faults["an acknowledged stop is in force"] = lost
        self.aftermath.repeat(chance)
        done, met = self.aftermath.finish_operations()
        if done is not None and done > within:
            faults[f"an operation ends within {within:.0f} s of the restart"] = [f"after {done:.2f} s"]
        later = Snapshot(self.house)
        for name, found in checker.judge(checker.LATER, self.history, later).items():
            faults.setdefault(name, found)
        final = {id: call.status for id, call in later.calls.items() if call.is_over}
        changed = [f"{id} was {old} and is {final.get(id)}" for id, old in self.finals.items() if final.get(id) != old]
        if changed:
            faults["a final status stays"] = changed
        self.finals = final
        self.count(took, done, met, later)
        answered = sum(one.status is not None for one in self.history.requests if one.round == self.number)
        print(
            f"round {self.number}: {kill}{f', LiveKit {fault}' if fault else ''}"
            f"{f', PostgreSQL {outage.how}' if outage else ''}, {answered} answers, "
            f"ready after {self.house.starting * 1000:.0f} ms, consistent {took * 1000:.0f} ms later", flush=True)
        return not faults or self.fail(faults, later)

    def count(self, took, done, met, now):
        """The figures of a round."""
        where, sums = f"round {self.number}", self.report.sums
        self.report.note("from the start to readiness", self.house.starting, where)
        self.report.note("from readiness to consistency", took, where)
        if done is not None:
            self.report.note("from 202 or 201, or readiness, to the operation's end", done, where)
        requests = [one for one in self.history.requests if one.round == self.number]
        again = [one for one in requests if one.action.endswith(" again")]
        answered = [one for one in requests if one.status]
        sums["requests answered"] += len(answered)
        sums["requests cut off"] += len(requests) - len(answered)
        sums["operations that the kill met"] += met
        sums["hang-ups that the kill met"] += checker.hang_ups_met(self.house.killed, now)
        sums["requests repeated with their key"] += sum(bool(one.once) for one in again)
        sums["repetitions answered from the first"] += sum(one.replayed for one in again)
        for action, name in (("place", "calls acknowledged"), ("cancel", "cancels acknowledged"),
                             ("bulk", "bulk cancels acknowledged"), ("stop", "stops acknowledged")):
            sums[name] += sum(one.action == action and one.status < 300 for one in answered)

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
        broken = self.house.database.check()
        if broken:
            faults["the database is sound"] = broken
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
        for call, seconds, _ in checker.late_silences(self.history, now):
            self.report.note("from cancel, or readiness, to silence", seconds, f"{where}, {call}")
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
