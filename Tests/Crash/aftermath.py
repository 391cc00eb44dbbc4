"""What the clients do when the server is back: look, ask again what was not answered, wait for what was promised."""

import concurrent.futures
import datetime
import time

from .snapshot import Snapshot

# Far beyond what any database promises.
PATIENCE = 15.0


class Aftermath:
    def __init__(self, house, history, load):
        self.house, self.history, self.load = house, history, load

    def wait_until_consistent(self):
        """Returns a snapshot, the longest time that a row disagreed with its phone, and which one that was.

        The time begins with readiness, or with what the phone did last: phones go on ringing and hanging up while we
        look. A call has had its turn when it was seen in agreement once.
        """
        pending, heard, worst, which = None, {}, 0.0, None
        while True:
            now = Snapshot(self.house)
            seen = time.time()
            unsettled = now.unsettled() | {leg["roomName"] for leg in now.strangers}
            pending = unsettled if pending is None else pending & unsettled
            for call in pending:
                sound = [] if call not in now.calls else now.calls[call].legs
                before, since = heard.get(call, (sound, self.house.ready))
                heard[call] = (sound, since if sound == before else seen)
                if seen - heard[call][1] > worst:
                    worst, which = seen - heard[call][1], f"{call}: {now.calls.get(call)}"
            if not pending or worst > PATIENCE:
                return now, worst, which
            time.sleep(self.house.database.pause)

    def look(self, chance, most=20):
        """What GET says of some of this round's acknowledged calls; the database is judged apart."""
        placed = [one for one in self.history.of("place", self.history.round) if one.status == 201]
        asked = chance.sample(placed, min(most, len(placed)))
        for one in asked:
            call = one.data["id"]
            self.history.ask(self.house, "check", "GET", f"/api/v1/calls/{call}", about=call)

    def finish_operations(self):
        """Waits until the acknowledged bulk cancels and drains are done; the longest, and how many the kill had met.

        The time begins with the acknowledgement, or with readiness.
        """
        took, met = None, 0
        for operation, since in self.begun():
            while True:
                path = f"/api/v1/operations/{operation}"
                seen = self.history.ask(self.house, "check", "GET", path, about=operation)
                waited = time.time() - max(self.house.ready, since)
                if seen.status != 200 or seen.data.get("done") or waited > PATIENCE:
                    break
                time.sleep(0.02)
            if seen.data.get("doneAt"):
                # The server's own word for it: it may have been done for long when we come to ask.
                done = datetime.datetime.fromisoformat(seen.data["doneAt"]).timestamp()
                took = max(took or 0, done - max(self.house.ready, since))
                met += since < self.house.killed < done
        return took, met

    def begun(self):
        for one in self.history.requests:
            if one.round != self.history.round or one.status not in (200, 201, 202):
                continue
            if one.action in ("bulk", "bulk again"):
                yield one.data["operationId"], one.answered
            elif one.action in ("stop", "stop again"):
                yield one.data["drain"]["operationId"], one.answered

    def repeat(self, chance):
        """Asks again what this round's clients were not told, and some of what they were told, with the same keys."""
        round = self.history.round
        unanswered = [one for one in self.history.requests if one.round == round and one.status is None]
        again = [one for one in unanswered if one.once or one.method == "DELETE"]
        answered = [one for one in self.history.requests if one.round == round and one.status and one.once]
        again += chance.sample(answered, min(6, len(answered)))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for repeated in pool.map(self.repeat_one, again):
                if repeated.action == "place again" and repeated.status == 201:
                    with self.load.lock:
                        if not any(call == repeated.data["id"] for call, _ in self.load.calls):
                            self.load.calls.append((repeated.data["id"], None))

    def repeat_one(self, request):
        began = time.time()
        while True:
            repeated = self.history.again(self.house, request)
            if repeated.status not in (409, 503) or time.time() > began + PATIENCE:
                return repeated
            time.sleep(0.05)

    def release_stops(self, chance, share):
        """Releases a share of the stops in force, those included whose answer was never heard."""
        seen = self.history.ask(self.house, "check", "GET", "/api/v1/stops?state=inForce&limit=100", about="stops")
        listed = {one["id"]: one for one in seen.data.get("stops", [])}
        known = {one.data["id"] for one in self.history.of("stop") if one.status == 201}
        for id in listed.keys() - known:
            self.history.found_stops.setdefault(id, (listed[id]["scope"], seen.answered))
        # A release that was cut off may have been carried out.
        asked = {one.about for one in self.history.of("release")}
        with self.load.lock:
            lost = [id for id in self.load.stops if id not in listed and id not in asked]
            self.load.stops = sorted(listed)
        for id in listed:
            if chance.random() < share:
                self.load.release(id)
        return lost

    def cancel_everything(self):
        """The end of a series: nobody is to be heard any more."""
        body = {"filter": {"all": True}, "reason": "the end"}
        self.history.ask(self.house, "drain", "POST", "/api/v1/calls/cancel", body, about="drain")
        open_calls = [id for id, call in Snapshot(self.house).calls.items() if not call.is_over]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for call in open_calls:
                pool.submit(self.history.ask, self.house, "drain", "DELETE", f"/api/v1/calls/{call}", about=call)
