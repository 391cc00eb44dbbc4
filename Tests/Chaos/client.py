"""A client as a careful team writes one: it spreads over the nodes, turns to another when one is away, and repeats safely."""

import asyncio
import contextlib
import dataclasses
import json
import random
import time

# How long one try may take. A DELETE waits up to 2 s for the hang-up.
TRY = {"POST": 2.0, "GET": 10.0, "DELETE": 4.0}
# How long a node that did not answer is left alone.
ASIDE = 1.0
# Between two tries of the same request, doubled each time.
PAUSE, LONGEST_PAUSE = 0.1, 2.0
CONNECTIONS = 96


class Unanswered(Exception):
    """The connection failed, or there was no answer in time."""


class Connection(asyncio.Protocol):
    """One connection that stays open, one request at a time."""

    def __init__(self):
        self.transport = self.answer = None
        self.data = b""

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        self.transport = None
        if self.answer and not self.answer.done():
            self.answer.set_exception(Unanswered("the connection was closed"))

    def data_received(self, chunk):
        self.data += chunk
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.data[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        length = 0 if at < 0 else int(head[at + 17 :].split(b"\r\n", 1)[0])
        if len(self.data) >= end + 4 + length and self.answer and not self.answer.done():
            self.answer.set_result((int(head[9:12]), self.data[end + 4 : end + 4 + length]))
            self.data = b""

    def close(self):
        if self.transport:
            self.transport.abort()


class Door:
    """One node, as the client sees it."""

    def __init__(self, port):
        self.port, self.idle, self.away_until = port, [], 0.0
        self.places = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, data, limit):
        loop = asyncio.get_running_loop()
        async with self.places:
            connection = None
            try:
                async with asyncio.timeout(limit):
                    while self.idle and connection is None:
                        found = self.idle.pop()
                        connection = found if found.transport else None
                    if connection is None:
                        _, connection = await loop.create_connection(Connection, "127.0.0.1", self.port)
                    connection.answer = loop.create_future()
                    connection.transport.write(data)
                    answer = await connection.answer
            except (OSError, TimeoutError, Unanswered) as error:
                if connection:
                    connection.close()
                raise Unanswered(repr(error)) from error
            except BaseException:
                if connection:
                    connection.close()
                raise
            self.idle.append(connection)
            return answer


@dataclasses.dataclass(slots=True)
class Reply:
    """What came of a request in the end. `sent` is when the try was sent that was answered; status None: nothing came."""

    status: int | None
    body: bytes
    sent: float
    answered: float
    tries: int

    @property
    def data(self):
        return json.loads(self.body).get("data") or {}


class Client:
    def __init__(self, ports, key):
        self.doors = [Door(port) for port in ports]
        self.head = f"host: switchboard\r\nx-api-key: {key}\r\n"
        self.turn, self.chance = 0, random.Random(2)

    def door(self):
        """The next node in turn that is not known to be away; one that was gets one request to show that it is back."""
        now = time.monotonic()
        for _ in self.doors:
            self.turn = (self.turn + 1) % len(self.doors)
            door = self.doors[self.turn]
            if door.away_until == 0:
                return door
            if door.away_until <= now:
                door.away_until = now + ASIDE
                return door
        return self.doors[self.turn]

    async def ask(self, method, path, body=None, once=None, patience=30.0):
        """Asks until there is an answer that says something: the same key each time, so that it is one change."""
        payload = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\n{self.head}"
        if once:
            head += f"idempotency-key: {once}\r\n"
        if body is not None:
            head += f"content-type: application/json\r\ncontent-length: {len(payload)}\r\n"
        data = (head + "\r\n").encode() + payload
        tries, give_up = 0, time.monotonic() + patience
        while True:
            door, sent, tries = self.door(), time.time(), tries + 1
            try:
                status, answer = await door.ask(data, TRY[method])
                door.away_until = 0
                # Away for a moment, or the first try still runs.
                if status not in (409, 429, 503):
                    return Reply(status, answer, sent, time.time(), tries)
            except Unanswered:
                door.away_until = time.monotonic() + ASIDE
            if time.monotonic() > give_up:
                return Reply(None, b"", sent, time.time(), tries)
            await asyncio.sleep(min(PAUSE * 2 ** (tries - 1), LONGEST_PAUSE) * self.chance.uniform(0.75, 1.25))

    def close(self):
        for door in self.doors:
            for connection in door.idle:
                with contextlib.suppress(OSError):
                    connection.close()
            door.idle = []
