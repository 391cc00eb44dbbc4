"""The load: a unit of it is one call, ordered, due, dialled, over; every fifth is cancelled besides."""

import asyncio
import dataclasses
import random
import time

# What the phones do, with the shares of the calls: busy, declined, no such number, talk for 2 s, ring without an answer, stay up.
PHONES = {"0004": 40, "0005": 10, "0007": 15, "0002": 20, "0003": 5, "0001": 10}
STAYS_UP = "0001"
RINGING_TIMEOUT = 5
# The share of calls that are scheduled and not for now, and after how many seconds they are due.
SCHEDULED = 0.5
DUE_AFTER = 1.0, 3.0
# The share of calls that are cancelled, beside those that would stay up, and how long after the order's answer.
CANCELLED = 0.2
CANCELLED_AFTER = 0.0, 3.0
# Orders begin together within so many seconds.
GRAIN = 0.01


@dataclasses.dataclass(slots=True)
class Order:
    mark: str
    number: str
    # When it was to be sent; due from then on, or later.
    wanted: float
    due: float
    cancel_after: float | None
    reply: object = None
    id: str | None = None
    cancel: object = None


class Load:
    """Sends orders at a rate, whether or not the nodes keep up, and writes down what came of each."""

    def __init__(self, client, agent, seed=1):
        self.client, self.agent, self.chance = client, agent, random.Random(seed)
        self.orders, self.running = [], set()

    async def run(self, rate, seconds):
        """So many orders a second for so long; returns when the last one was sent, not answered."""
        began, sent = time.time(), 0
        while (passed := time.time() - began) < seconds:
            for _ in range(int(passed * rate) - sent):
                self.begin(began + sent / rate)
                sent += 1
            await asyncio.sleep(GRAIN)
        for _ in range(int(seconds * rate) - sent):
            self.begin(began + seconds)

    def begin(self, wanted):
        chance = self.chance
        number = chance.choices(list(PHONES), list(PHONES.values()))[0]
        due = wanted + (chance.uniform(*DUE_AFTER) if chance.random() < SCHEDULED else 0)
        after = None
        if number == STAYS_UP or chance.random() < CANCELLED:
            after = chance.uniform(*CANCELLED_AFTER)
        order = Order(str(len(self.orders)), number, wanted, due, after)
        self.orders.append(order)
        task = asyncio.create_task(self.carry_out(order))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def carry_out(self, order):
        body = {
            "agentId": self.agent, "phoneNumber": f"+1500555{order.number}", "metadata": {"mark": order.mark}}
        path = "/api/v1/calls/outbound"
        if order.due > order.wanted:
            body["scheduledAt"] = _moment(order.due)
            path = "/api/v1/calls/schedule"
        order.reply = await self.client.ask("POST", path, body, f"order-{order.mark}")
        if order.reply.status != 201:
            return
        order.id = order.reply.data["id"]
        if order.cancel_after is not None:
            await asyncio.sleep(order.cancel_after)
            order.cancel = await self.client.ask(
                "DELETE", f"/api/v1/calls/{order.id}", once=f"cancel-{order.mark}")

    async def finish(self, limit):
        """Waits for what is under way, and no longer than that."""
        if self.running:
            await asyncio.wait(self.running, timeout=limit)
        for task in self.running:
            task.cancel()

    def answer_times(self, since=0):
        """How long each order took that was to be sent since then, waiting for its turn included."""
        now = time.time()
        return [(one.reply.answered if one.reply else now) - one.wanted for one in self.orders if one.wanted >= since]


def _moment(seconds):
    whole = int(seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{int((seconds - whole) * 1000):03d}Z"
