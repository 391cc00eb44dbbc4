"""What is written down about calls: their events, and the audit log."""

import subprocess

DEEDS = {"stop": "stop.set", "release": "stop.release", "bulk": "calls.cancel"}


def gaps(history, now):
    for what in now.gaps:
        yield f"{what} has a gap"


def unrecorded_deeds(history, now):
    """Every cancelled call has one entry, alone or in a list; every stop, release and bulk cancel has its own."""
    for call in now.calls.values():
        entries, wanted = now.cancels[call.id], int(call.status == "cancelled")
        if entries != wanted:
            yield f"{call.id} is {call.status} by {call.reason}, and has {entries} entries"
    for (action, subject), number in now.deeds.items():
        if action in ("stop.set", "stop.release") and number > 1:
            yield f"{subject} has {number} entries of {action}"
    for request in history.requests:
        deed = DEEDS.get(request.action.removesuffix(" again"))
        if deed and request.status in (200, 201, 202):
            subject = request.about if deed == "stop.release" else request.data.get("operationId") or request.data["id"]
            if not now.deeds[deed, subject]:
                yield f"{subject} has no entry of {deed}: {request}"


def check_chain(house):
    """What `switchboard audit verify` finds wrong with the chain."""
    command = [house.binary, "audit", "verify"]
    done = subprocess.run(command, env=house.environment, capture_output=True, text=True, timeout=60)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]
