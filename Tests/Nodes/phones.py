"""What the phones heard, by the sandbox's log of legs."""

import math

from Crash.snapshot import call_of

__all__ = ["call_of", "heard_until", "legs_by_call"]


def heard_until(leg):
    """When the phone fell silent; 0 for one that never rang, infinity for one that is up."""
    if leg["up"]:
        return math.inf
    return 0.0 if leg["inviteAt"] is None else max(leg[end] or 0 for end in ("cancelAt", "byeAt")) / 1000


def legs_by_call(legs):
    found = {}
    for leg in legs:
        found.setdefault(call_of(leg["roomName"]), []).append(leg)
    return found
