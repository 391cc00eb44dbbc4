"""What is written down about calls: their events, and the audit log."""

import subprocess

DEEDS = {"stop": "stop.set", "release": "stop.release", "bulk": "calls.cancel"}
# A bulk cancel is written down when it is ordered and when it is done.
ENTRIES = {"call.cancel": 1, "stop.set": 1, "stop.release": 1, "calls.cancel": 2}


def gaps(history, now):
    for what in now.gaps:
        yield f"{what} has a gap"


def unrecorded_deeds(history, now):
    """A cancel that was granted has its entry, and one that won without being told has one; nothing is written twice."""
    for (action, subject), number in now.deeds.items():
        if number > ENTRIES.get(action, number):
            yield f"{subject} has {number} entries of {action}"
    for call in now.calls.values():
        by_itself = call.status == "cancelled" and (call.reason or "").startswith("cancel-")
        if by_itself != (("call.cancel", call.id) in now.deeds):
            yield f"{call.id} is {call.status} by {call.reason}, and its entry is {'missing' if by_itself else 'there'}"
    for request in history.requests:
        deed = DEEDS.get(request.action.removesuffix(" again"))
        if deed and request.status in (200, 201, 202):
            subject = request.about if deed == "stop.release" else request.data.get("operationId") or request.data["id"]
            if (deed, subject) not in now.deeds:
                yield f"{subject} has no entry of {deed}: {request}"


def check_chain(house):
    """What `switchboard audit verify` finds wrong with the chain."""
    command = [house.binary, "audit", "verify"]
    done = subprocess.run(command, env=house.environment, capture_output=True, text=True, timeout=60)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]
