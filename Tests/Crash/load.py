"""Clients that place, cancel, cancel in bulk, stop and release, all at once, until the server is gone."""

import concurrent.futures
import random
import threading
import time

from .house import AGENTS

WORKERS = 6
ACTIONS = {"place": 50, "cancel": 28, "race": 6, "read": 4, "bulk": 3, "stop": 3}
RACERS = 3
KEYED_SHARE = 0.4
LATER_SHARE = 0.25


class Load:
    """The clients of one house. What they know of calls and stops outlives the crashes, as in a customer's database."""

    def __init__(self, house, history):
        self.house, self.history = house, history
        self.lock = threading.Lock()
        self.count = 0
        # Acknowledged calls that nobody has cancelled yet, as far as the clients know: id and agent.
        self.calls = []
        # Stops that were acknowledged and not released: id.
        self.stops = []
        self.gone = threading.Event()

    def run(self, seed):
        """Starts the clients; they end when the server is gone."""
        self.gone.clear()
        pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
        work = [pool.submit(self.work, random.Random(f"{seed}/{worker}")) for worker in range(WORKERS)]
        pool.shutdown(wait=False)
        return work

    def work(self, chance):
        while not self.gone.is_set():
            action = chance.choices(list(ACTIONS), list(ACTIONS.values()))[0]
            getattr(self, action)(chance)

    def ask(self, *arguments, **named):
        request = self.history.ask(self.house, *arguments, **named)
        if request.status is None:
            self.gone.set()
        return request

    def new(self, kind):
        with self.lock:
            self.count += 1
            return f"{kind}-{self.house.tag}-{self.count}"

    def once(self, chance):
        """An Idempotency-Key for a part of the requests."""
        return self.new("key") if chance.random() < KEYED_SHARE else None

    def take(self, chance, number=1):
        """Calls to be cancelled: mostly young ones, so that a cancel meets a dial in every state."""
        with self.lock:
            taken = []
            while self.calls and len(taken) < number:
                recent = min(len(self.calls), 8 if chance.random() < 0.7 else 10_000)
                taken.append(self.calls.pop(-1 - chance.randrange(recent)))
            return taken

    # What a client does

    def place(self, chance):
        number = chance.choice(["0001", "0001", "0002", "0003", "0004", "0005", "0009", "0013", None, None])
        agent = chance.choice(list(AGENTS))
        mark = self.new("mark")
        body = {
            "agentId": self.house.agents[agent],
            "phoneNumber": f"+1500555{number}" if number else f"+1415777{chance.randrange(10_000):04}",
            "metadata": {"mark": mark},
        }
        path = "/api/v1/calls/outbound"
        if chance.random() < LATER_SHARE:
            path = "/api/v1/calls/schedule"
            body["scheduledAt"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
        request = self.ask("place", "POST", path, body, once=self.once(chance), about=mark)
        if request.status == 201:
            with self.lock:
                self.calls.append((request.data["id"], agent))

    def cancel(self, chance):
        for call, _ in self.take(chance):
            self.delete(call, self.once(chance))
            return
        time.sleep(0.005)

    def delete(self, call, once=None):
        # The reason is written with the cancel: it says which request it was that won.
        self.ask("cancel", "DELETE", f"/api/v1/calls/{call}?reason={self.new('cancel')}", once=once, about=call)

    def race(self, chance):
        """Several clients cancel one call at the same time: one of them is told that it was theirs."""
        for call, _ in self.take(chance):
            with concurrent.futures.ThreadPoolExecutor(RACERS) as pool:
                for _ in range(RACERS):
                    pool.submit(self.delete, call)

    def read(self, chance):
        self.ask("read", "GET", f"/api/v1/calls?limit={chance.choice([1, 20, 100])}")

    def bulk(self, chance):
        kind = chance.choice(["ids", "ids", "ids", "ids", "agent", "status"])
        if kind == "ids":
            taken = self.take(chance, chance.randrange(3, 30))
            if not taken:
                return
            body = {"ids": [call for call, _ in taken]}
        elif kind == "agent":
            body = {"filter": {"agentId": self.house.agents[chance.choice(list(AGENTS))]}}
        else:
            body = {"filter": {"status": chance.choice(["initiated", "connecting", "ringing", "active"])}}
        body["reason"] = self.new("bulk")
        self.ask("bulk", "POST", "/api/v1/calls/cancel", body, once=self.once(chance), about=body["reason"])

    def stop(self, chance):
        """Closes the door for a while. One in four stays shut over the crash, and is released after it."""
        everything = chance.random() < 0.1
        scope = {"all": True} if everything else {
            "agentId": self.house.agents[chance.choice(["stopped", "stopped-named"])]}
        body = {
            "scope": scope, "live": chance.choice(["hangup", "hangup", "leave"]),
            "queue": chance.choice(["cancel", "cancel", "hold"]), "reason": self.new("stop")}
        request = self.ask("stop", "POST", "/api/v1/stops", body, once=self.once(chance), about=body["reason"])
        if request.status != 201:
            return
        id = request.data["id"]
        with self.lock:
            self.stops.append(id)
        if chance.random() < 0.75:
            self.gone.wait(chance.uniform(0.02, 0.3))
            self.release(id, self.once(chance))

    def release(self, id, once=None):
        request = self.ask("release", "DELETE", f"/api/v1/stops/{id}", once=once, about=id)
        if request.status is not None:
            with self.lock:
                if id in self.stops:
                    self.stops.remove(id)
