"""What the database holds and what the phones heard, side by side.

The database is read beside the server, because it knows more than the API shows: dials, terminations of rooms without a
call. What the API says of acknowledged calls is asked for as well, see `checker`.
"""

import collections
import dataclasses
import json
import re
import time

FINAL = {"completed", "failed", "cancelled", "no_answer", "busy"}
ROOM = re.compile(r"sb-[^-]+-(?P<call>.+)-(?P<attempt>\d+)")


@dataclasses.dataclass
class Call:
    id: str
    status: str
    failure: str | None
    agent: str
    mark: str | None
    created: float
    cancelled: float | None
    reason: str | None
    # When its silence was first said to be verified.
    verified: float | None = None
    attempts: list = dataclasses.field(default_factory=list)
    legs: list = dataclasses.field(default_factory=list)

    @property
    def is_over(self):
        return self.status in FINAL

    @property
    def is_up(self):
        return any(leg["up"] for leg in self.legs)

    def is_settled(self, now):
        """Whether the row and the phones agree."""
        if self.status in ("ringing", "active"):
            return self.is_up
        if self.is_up:
            return False
        # Sent and not seen: it may ring until its deadline has passed, and the comparison has its turn after that.
        if self.status == "connecting":
            return all(now < one["deadline"] + 1 for one in self.attempts if one["deadline"] and not one["ended"])
        return True


QUERIES = {
    "calls": "SELECT key, id, status, failure_reason, agent, metadata, created, cancelled_at, cancelled_reason FROM calls",
    "attempts": "SELECT call, number, room, dial, sent, deadline, ended FROM attempts",
    "terminations": "SELECT room, state, verified, tries, last_error FROM terminations",
    "dials": "SELECT room FROM dials",
    "events": "SELECT call, count(*) AS number, max(sequence) AS last FROM events GROUP BY call",
    "audit": "SELECT action, subject, detail FROM audit",
    "chains": "SELECT organization, count(*) AS number, max(sequence) AS last FROM audit GROUP BY organization",
    "verified": "SELECT call, min(at) AS at FROM events WHERE what = 'call.termination_verified' GROUP BY call",
}


class Snapshot:
    def __init__(self, house):
        # The phones first: what they have heard of was on the disk before.
        self.legs = house.legs()
        self.rooms = house.rooms()
        self.taken = time.time()
        self.take(house.database.read(QUERIES))
        self.strangers = []
        for leg in self.legs:
            call = self.calls.get(call_of(leg["roomName"]))
            (call.legs if call else self.strangers).append(leg)

    def take(self, rows):
        self.calls, keys = {}, {}
        for row in rows["calls"]:
            mark = (json.loads(row["metadata"]) if row["metadata"] else {}).get("mark")
            call = Call(
                row["id"], row["status"], row["failure_reason"], row["agent"], mark, row["created"] / 1000,
                row["cancelled_at"] and row["cancelled_at"] / 1000, row["cancelled_reason"])
            self.calls[call.id] = keys[row["key"]] = call
        for row in rows["attempts"]:
            seconds = {name: row[name] and row[name] / 1000 for name in ("sent", "deadline", "ended")}
            keys[row["call"]].attempts.append(row | seconds)
        self.terminations = {
            row["room"]: row | {"verified": row["verified"] and row["verified"] / 1000}
            for row in rows["terminations"]}
        self.dials = {row["room"] for row in rows["dials"]}
        self.gaps = [keys[row["call"]].id for row in rows["events"] if row["number"] != row["last"]]
        self.gaps += [
            f"the audit log of {row['organization']}" for row in rows["chains"] if row["number"] != row["last"]]
        # How often the audit log has each deed, and the cancel of each call.
        self.deeds, self.cancels = collections.Counter(), collections.Counter()
        for row in rows["audit"]:
            self.deeds[row["action"], row["subject"]] += 1
            if row["action"] == "call.cancel":
                self.cancels[row["subject"]] += 1
            elif row["action"] == "calls.cancel":
                self.cancels.update(call["id"] for call in json.loads(row["detail"]).get("calls", []))
        for row in rows["verified"]:
            keys[row["call"]].verified = row["at"] / 1000
        self.by_mark = collections.defaultdict(list)
        for call in self.calls.values():
            self.by_mark[call.mark].append(call.id)

    def unsettled(self):
        return {id for id, call in self.calls.items() if not call.is_settled(self.taken)}


def call_of(room):
    found = ROOM.fullmatch(room)
    return found["call"] if found else room
