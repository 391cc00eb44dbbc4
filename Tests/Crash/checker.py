"""Judges the history: every acknowledgement against the database after the restart, the database against the phones.

Each rule takes the history and a snapshot, and yields what breaks it. `RULES` hold from the restart on, `LATER` when
the clients have asked again, and `END` when everything has been cancelled and all hang-ups are done.
"""

import collections

from .doors import dials_behind_closed_doors, unfinished_bulk_cancels, unfinished_drains
from .records import gaps, unrecorded_deeds
from .snapshot import FINAL, ROOM, call_of

# From the acknowledgement, or from the end of an outage, until the phone is silent.
SILENT_WITHIN = 1.0

# From PostgreSQL's return until each of the server's connections has noticed.
RECONNECTED_WITHIN = 2.0

EXPECTED = {
    "place": {201}, "cancel": {200, 400}, "read": {200}, "bulk": {200, 202}, "stop": {201}, "release": {200},
    # The first try may have released it.
    "release again": {200, 400},
    "check": {200}, "drain": {200, 202, 400}}


def unexpected_answers(history, now):
    """A crash is no excuse for an answer that blames the server, nor for one that nobody can explain."""
    for request in history.requests:
        if request.status is None:
            continue
        # What is said while the same key is still being worked on.
        if request.action.endswith(" again") and request.status == 409:
            continue
        expected = EXPECTED.get(request.action) or EXPECTED[request.action.removesuffix(" again")]
        if request.status == 503 and any(
            began < request.answered and request.sent < ended + RECONNECTED_WITHIN
            for began, ended in history.store_outages
        ):
            continue
        if request.status not in expected:
            yield f"{request}"


def lost_calls(history, now):
    for request in history.requests:
        if request.action.startswith("place") and request.status == 201:
            call = now.calls.get(request.data["id"])
            if call is None:
                yield f"{request.data['id']} was acknowledged and is not there: {request}"
            elif call.mark != request.about:
                yield f"{call.id} is another call than the one that was ordered: {request}"


def doubled_calls(history, now):
    for mark, calls in now.by_mark.items():
        if mark and len(calls) > 1:
            yield f"{' and '.join(calls)} came of one order: {mark}"
    answers = collections.defaultdict(set)
    for request in history.requests:
        if request.action.startswith("place") and request.status == 201:
            answers[request.about].add(request.data["id"])
    for mark, ids in answers.items():
        if len(ids) > 1:
            yield f"{' and '.join(ids)} were answered to one order: {mark}"


def broken_cancels(history, now):
    """What an answer to a DELETE said of a call is what the call is, for ever."""
    for request in history.requests:
        if request.action.startswith("cancel") and request.said:
            call = now.calls.get(request.about)
            if call is None or call.status != request.said or request.said not in FINAL:
                yield f"{request.about} is {call and call.status}: {request}"


def cancels_granted_twice(history, now):
    granted = collections.defaultdict(set)
    for request in history.requests:
        if request.action.startswith("cancel") and request.status == 200:
            # Repetitions with one key are one cancel.
            granted[request.about].add(request.once or id(request))
    for call, requests in granted.items():
        if len(requests) > 1:
            yield f"{call} was cancelled {len(requests)} times"


def misattributed_cancels(history, now):
    """The reason in the row says which request it was that cancelled: that one was told so, unless it heard nothing."""
    for request in history.requests:
        call = now.calls.get(request.about)
        if not request.action.startswith("cancel") or call is None or request.status is None:
            continue
        is_its_own = call.status == "cancelled" and call.reason == request.reason
        if request.status == 200 and not is_its_own:
            yield f"{call.id} was cancelled by {call.reason}, and granted to {request}"
        # Without a key, a repetition cannot know that it was its own first try that won.
        if request.status == 400 and is_its_own and (request.once or not request.action.endswith(" again")):
            yield f"{call.id} was cancelled by the one that was refused: {request}"


def unfulfilled_keys(history, now):
    """A repetition with the same key is answered as the first success was; refusals are not kept."""
    first = {}
    for request in history.requests:
        if not request.once or request.status is None or (request.status >= 300 and request.once not in first):
            continue
        before = first.setdefault(request.once, request)
        if before is not request and (before.status, before.answer) != (request.status, request.answer):
            yield f"two answers to one key: {before}, and {request}"
        if before is not request and not request.replayed:
            yield f"not marked as a repetition: {request}"


def doubled_dials(history, now):
    rooms = collections.Counter(leg["roomName"] for leg in now.legs)
    for room, number in rooms.items():
        if number > 1:
            yield f"{call_of(room)} was dialled {number} times in {room}"
    for call in now.calls.values():
        if len(call.legs) > len(call.attempts):
            yield f"{call.id} was dialled {len(call.legs)} times in {len(call.attempts)} attempts"


def strangers(history, now):
    for leg in now.strangers:
        yield f"a phone of no call: {leg}"
    for room in now.rooms:
        if not ROOM.fullmatch(room) or call_of(room) not in now.calls:
            yield f"a room of no call: {room}"


def heard_after_verified(history, now):
    """Silence: what was once said to be verified is not heard any more, not even shortly."""
    for call in now.calls.values():
        # With several attempts, the event does not say whose room it speaks of.
        if call.verified is None or len(call.attempts) != 1:
            continue
        for leg in call.legs:
            if heard_until(leg) > call.verified + 0.001:
                yield f"{call.id} was heard after {call.verified}, when it was verified silent: {leg}"


RULES = {
    "no answer blames the server": unexpected_answers,
    "an acknowledged call exists": lost_calls,
    "no call is made twice": doubled_calls,
    "what a cancel's answer said holds": broken_cancels,
    "one cancel is granted": cancels_granted_twice,
    "a cancel is granted to the one that it was": misattributed_cancels,
    "a key has one answer": unfulfilled_keys,
    "an attempt is dialled once": doubled_dials,
    "every phone and every room has its call": strangers,
    "verified is silent": heard_after_verified,
    "events and audit log have no gap": gaps,
    "every deed is in the audit log, once": unrecorded_deeds,
    "nothing is dialled behind a stop": dials_behind_closed_doors,
}
# When the clients have asked again what they were not told.
LATER = RULES | {"a bulk cancel is finished": unfinished_bulk_cancels, "a stop drains its scope": unfinished_drains}


def late_silences(history, now):
    """Cancelled calls, the seconds that their phones were heard for after the cancel, outages apart, and how long they may be."""
    granted = {}
    for request in history.requests:
        if request.action.startswith("cancel") and request.status == 200:
            granted.setdefault(request.about, request.answered)
    for call in now.calls.values():
        if call.status != "cancelled" or not call.legs:
            continue
        cancelled = granted.get(call.id, call.cancelled)
        due, within = cancelled, SILENT_WITHIN
        for began, ended in history.outages:
            if began < due + within and ended > due:
                due, within = ended, SILENT_WITHIN + history.leased_for
        yield call.id, max(heard_until(leg) for leg in call.legs) - due, within


def hang_ups_met(killed, now):
    """How many phones of calls that were cancelled before the kill fell silent only after it."""
    return sum(
        call.status == "cancelled" and call.cancelled < killed and any(heard_until(leg) > killed for leg in call.legs)
        for call in now.calls.values())


def open_work(history, now):
    """What is left to do; at the end of a series there is nothing."""
    for call in now.calls.values():
        if not call.is_over:
            yield f"{call.id} is {call.status}"
        if call.is_up:
            yield f"{call.id} is {call.status} and its phone is up"
    for room in now.rooms:
        yield f"a room is left: {room}"
    for room, termination in now.terminations.items():
        if termination["state"] != "verified":
            yield f"{call_of(room)} is not verified silent: {room} {termination}"
    for room in now.dials:
        yield f"{call_of(room)} has a dial left: {room}"


def late_phones(history, now):
    for call, seconds, within in late_silences(history, now):
        if seconds > within:
            yield f"{call} was heard {seconds:.2f} s after its cancel"


def orphans(history, now):
    """A call that ended left a hang-up for every room that it had."""
    for call in now.calls.values():
        for attempt in call.attempts:
            if attempt["room"] not in now.terminations:
                yield f"{call.id} ended without the termination of {attempt['room']}"


END = LATER | {
    "everything is over": open_work,
    "a cancelled call is silent in time": late_phones,
    "every room had its termination": orphans,
}


def heard_until(leg):
    """When the phone fell silent, in seconds since 1970; 0 for one that never rang, infinity for one that is up."""
    if leg["up"]:
        return float("inf")
    # Thrown out of the room before the INVITE left: the carrier never heard of it.
    if leg["inviteAt"] is None:
        return 0.0
    return max(leg[end] or 0 for end in ("cancelAt", "byeAt")) / 1000


def judge(rules, history, now):
    """The broken rules, each with what breaks it."""
    found = {}
    for name, rule in rules.items():
        faults = list(rule(history, now))
        if faults:
            found[name] = faults
    return found
