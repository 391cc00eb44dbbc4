"""What became of a run: every acknowledgement held against the rows, and the rows against what the phones heard."""

import collections
import dataclasses
import json
import math

from Nodes.phones import heard_until, legs_by_call

ROWS = (
    "SELECT id, status, failure_reason, metadata, phase, ended FROM calls "
    "WHERE created >= {since}")
# A cancelled phone is silent so many seconds after its cancel was sent, outages included: a lease, and a look for it.
SILENT_WITHIN = 10.0
# A call fails with these without its phone having rung, where a node ended or slept between writing "sent" and sending.
NOT_DIALLED = {"indeterminate", "internal"}


@dataclasses.dataclass
class Verdict:
    acknowledged: int = 0
    settled: int = 0
    cancelled: int = 0
    # Told `failed` without a dial: nobody can know whether it had left, so nobody sends it again.
    given_up: list = dataclasses.field(default_factory=list)
    lost: list = dataclasses.field(default_factory=list)
    doubled: list = dataclasses.field(default_factory=list)
    heard: list = dataclasses.field(default_factory=list)
    odd: list = dataclasses.field(default_factory=list)
    # Seconds from a granted cancel until its phone was silent, of those whose phone was up.
    silences: list = dataclasses.field(default_factory=list)
    # What the client was never told, though it asked for half a minute.
    orders_unanswered: int = 0
    cancels_unanswered: int = 0

    @property
    def faults(self):
        named = {"lost": self.lost, "doubled": self.doubled, "heard": self.heard, "odd": self.odd}
        return {name: found for name, found in named.items() if found}


def judge(orders, database, legs, until):
    """`until`: what was over by then counts as settled."""
    verdict = Verdict()
    since = int(min((one.wanted for one in orders), default=0) * 1000) - 60_000
    rows, marks = {}, collections.Counter()
    for id, status, failure, metadata, phase, ended in database.rows(ROWS.format(since=since)):
        rows[id] = (status, failure, int(phase), math.inf if ended is None else int(ended) / 1000)
        marks[json.loads(metadata or "{}").get("mark")] += 1
    phones = legs_by_call(legs)

    verdict.doubled += [f"mark {mark}: {number} calls" for mark, number in marks.items() if number > 1]
    for call, found in phones.items():
        if len(found) > 1:
            verdict.doubled.append(f"{call}: {len(found)} dials, {[leg['roomName'] for leg in found]}")
        if call not in rows:
            verdict.odd.append(f"{call} was dialled, and there is no such call")
    for id, (status, failure, phase, ended) in rows.items():
        # Also calls whose order was never heard to be accepted.
        if phase < 5:
            verdict.lost.append(f"{id}: {status}, and not over")
        elif status != "cancelled" and id not in phones:
            if status == "failed" and failure in NOT_DIALLED:
                verdict.given_up.append(f"{id}: {failure}")
            else:
                verdict.lost.append(f"{id}: {status} {failure or ''}, and never dialled")
                continue
        if phase == 5 and (status == "cancelled" or id in phones) and ended <= until:
            verdict.settled += 1
        if any(leg["up"] for leg in phones.get(id, [])):
            verdict.heard.append(f"{id}: {status}, and its phone is up")
    for order in orders:
        _judge(order, rows, phones, verdict)
    return verdict


def _judge(order, rows, phones, verdict):
    """One order, and its cancel."""
    if order.reply is None or order.reply.status is None:
        verdict.orders_unanswered += 1
        return
    if order.reply.status != 201:
        verdict.odd.append(f"mark {order.mark}: {order.reply.status} {order.reply.body[:200]!r}")
        return
    verdict.acknowledged += 1
    if order.id not in rows:
        verdict.lost.append(f"{order.id} was acknowledged, and is not there")
        return
    reply = order.cancel
    if reply is None or reply.status is None:
        verdict.cancels_unanswered += order.cancel_after is not None
        return
    status = rows[order.id][0]
    if reply.status == 400 and b"Cannot cancel call with status" in reply.body:
        if b"status: cancelled" in reply.body:
            verdict.odd.append(f"{order.id}: its only cancel was refused, for it was cancelled: {reply}")
        return
    if reply.status != 200:
        verdict.odd.append(f"{order.id}: cancel: {reply.status} {reply.body[:200]!r}")
        return
    verdict.cancelled += 1
    if status != "cancelled":
        verdict.lost.append(f"{order.id}: its cancel was granted, and it is {status}")
    for leg in phones.get(order.id, []):
        after = heard_until(leg) - reply.sent
        if after > 0:
            verdict.silences.append(after)
        if after > SILENT_WITHIN:
            verdict.heard.append(f"{order.id}: heard {after:.1f} s after its cancel: {leg}")


def silences(orders, legs):
    """Seconds from each granted cancel until its phone was silent, of those whose phone was up."""
    phones = legs_by_call(legs)
    granted = (order for order in orders if order.cancel is not None and order.cancel.status == 200)
    times = (heard_until(leg) - order.cancel.sent for order in granted for leg in phones.get(order.id, []))
    return [time for time in times if time > 0]
