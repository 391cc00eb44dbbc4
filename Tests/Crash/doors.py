"""Stops and bulk cancels: from a stop's 201 on nothing in its scope is dialled, and a bulk cancel is finished."""

import math

# A dial that was decided before the 201 may reach LiveKit after it: the network, and a busy machine.
UNDER_WAY = 0.5


def closed_doors(history):
    """Each stop's scope, and from when to when it was certainly in force."""
    released = {}
    for request in history.requests:
        if request.action.startswith("release"):
            released[request.about] = min(request.sent, released.get(request.about, math.inf))
    for request in history.of("stop"):
        if request.status == 201:
            id = request.data["id"]
            yield request.body["scope"], request.answered, released.get(id, math.inf), request
    for id, (scope, found) in history.found_stops.items():
        yield scope, found, released.get(id, math.inf), id


def dials_behind_closed_doors(history, now):
    doors = list(closed_doors(history))
    for call in now.calls.values():
        for scope, closed, opened, stop in doors:
            if not (scope.get("all") or scope.get("agentId") == call.agent):
                continue
            for attempt in call.attempts:
                if attempt["sent"] and closed < attempt["sent"] < opened:
                    yield f"{call.id} was sent at {attempt['sent']} behind {stop}"
            for leg in call.legs:
                joined = (leg["joinedAt"] or 0) / 1000
                if closed + UNDER_WAY < joined < opened:
                    yield f"{call.id} was dialled at {joined} behind {stop}"


def unfinished_bulk_cancels(history, now):
    """Judged after they were waited for: what was acknowledged is done, and did what it was asked to do."""
    seen = {}
    for request in history.of("check"):
        if request.path.startswith("/api/v1/operations/"):
            seen[request.about] = request
    for request in history.requests:
        if request.action not in ("bulk", "bulk again") or request.status not in (200, 202):
            continue
        last = seen.get(request.data["operationId"])
        if last is None or not last.data.get("done"):
            yield f"not done: {request}, last seen {last}"
            continue
        done = last.data
        if done["matched"] != done["cancelled"] + done["notCancellable"]:
            yield f"the numbers do not add up: {last}"
        for id in bulk_of(request, history):
            call = now.calls.get(id)
            if call and not call.is_over:
                yield f"{id} is {call.status} after {request}"


def unfinished_drains(history, now):
    """A stop that was not released has taken down all that was in its scope, as far as it was asked to."""
    doors = list(closed_doors(history))
    for scope, closed, opened, stop in doors:
        if opened < math.inf or isinstance(stop, str):
            continue
        seen = [one for one in history.of("check") if one.about == stop.data["drain"]["operationId"]]
        if not seen or not seen[-1].data.get("done"):
            yield f"not drained: {stop}, last seen {seen and seen[-1]}"
            continue
        for one in history.of("place"):
            call = one.status == 201 and one.answered < stop.sent and now.calls.get(one.data["id"])
            if not call or not (scope.get("all") or scope.get("agentId") == call.agent):
                continue
            is_spared = stop.body["queue"] == "hold" if call.status == "initiated" else stop.body["live"] == "leave"
            if not call.is_over and not is_spared:
                yield f"{call.id} is {call.status} after {stop}"


def bulk_of(request, history):
    """The calls that a bulk cancel speaks of for certain; a filter on a status speaks of those that nobody can name."""
    if "ids" in request.body:
        return request.body["ids"]
    agent = request.body["filter"].get("agentId")
    # A repetition is answered from the first one, whose time it was.
    sent = min(one.sent for one in history.about(request.about))
    return [
        one.data["id"] for one in history.of("place")
        if agent and one.body["agentId"] == agent and one.status == 201 and one.answered < sent]
