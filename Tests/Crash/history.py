"""Every request that was made: when it was sent, when it was answered, and what the answer said."""

import dataclasses
import json
import threading
import time

from .client import Unanswered


@dataclasses.dataclass
class Request:
    action: str
    method: str
    path: str
    body: dict | None
    # The Idempotency-Key; a repetition carries the same one.
    once: str | None
    # What the request speaks of: a mark in the metadata of a placed call, else an id.
    about: str
    round: int
    sent: float
    answered: float | None = None
    status: int | None = None
    answer: dict | None = None
    replayed: bool = False

    @property
    def data(self):
        return (self.answer or {}).get("data") or {}

    @property
    def reason(self):
        """What a DELETE gives as its reason, to be known by."""
        return self.path.partition("?reason=")[2]

    @property
    def said(self):
        """The status of the call that an answer to a DELETE named; a refusal names one, too."""
        if self.status == 200:
            return self.data.get("status")
        message = (self.answer or {}).get("error", {}).get("message", "")
        return message.rpartition(": ")[2] if self.status == 400 and "with status" in message else None

    def __str__(self):
        took = "no answer" if self.answered is None else f"{self.status} at {self.answered:.3f}"
        once = f" key {self.once}{' (replayed)' if self.replayed else ''}" if self.once else ""
        return f"round {self.round} {self.action} {self.method} {self.path}{once} about {self.about}: " \
               f"sent {self.sent:.3f}, {took} {json.dumps(self.answer)[:300]}"


class History:
    def __init__(self):
        self.lock = threading.Lock()
        self.requests = []
        self.round = 0
        # Seconds in which nobody could hang up: the server was dead, or LiveKit refused.
        self.outages = []
        # How long after each of them a dead server's hang-ups stay with it.
        self.leased_for = 0.0
        # Seconds in which the server had no database, and might say so.
        self.store_outages = []
        # Stops that were found in force, though their answer was never heard: scope, and when they were found.
        self.found_stops = {}

    def ask(self, house, action, method, path, body=None, once=None, about=""):
        """Makes a request and records it; one that was not answered comes back without a status."""
        request = Request(action, method, path, body, once, about, self.round, time.time())
        with self.lock:
            self.requests.append(request)
        try:
            answer = house.ask(method, path, body, {"idempotency-key": once} if once else None)
        except Unanswered:
            return request
        request.status, request.answer = answer.status, answer.body
        request.replayed = answer.headers.get("idempotency-replayed") == "true"
        request.answered = time.time()
        return request

    def again(self, house, request):
        """The same request once more, as a client sends it that heard nothing."""
        return self.ask(
            house, f"{request.action} again", request.method, request.path, request.body, request.once, request.about)

    def of(self, action, round=None):
        """The requests of an action, without their repetitions; of one round or of all."""
        return [one for one in self.requests if one.action == action and round in (None, one.round)]

    def about(self, *names):
        return [one for one in self.requests if one.about in names]

    def save(self, file):
        with file.open("w") as out:
            for request in self.requests:
                print(json.dumps(dataclasses.asdict(request)), file=out)
