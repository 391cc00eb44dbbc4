"""A stand-in for LiveKit in a process of its own: answers at once, and remembers when each request came and how long it took.

A dial is answered at once (`answers=True`) or rings until its room is deleted. What is asked about rooms and participants is answered
as LiveKit does: a room is there from its CreateRoom to its DeleteRoom, and a phone in it from its dial. `rooms` are there from the
beginning, each with a phone that talks, so that stored calls are found alive.
"""

import asyncio
import json
import multiprocessing
import time


def _varint(number):
    text = bytearray()
    while number > 0x7F:
        text.append(number & 0x7F | 0x80)
        number >>= 7
    text.append(number)
    return bytes(text)


def _text(field, value):
    data = value if isinstance(value, bytes) else value.encode()
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _texts(message):
    """The fields of a protobuf message that have a length: lists of values, by number."""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(message):
        tag = varint()
        if tag & 7 == 2:
            length = varint()
            fields.setdefault(tag >> 3, []).append(message[at : at + length])
            at += length
        elif tag & 7 == 0:
            varint()
        else:
            at += 8 if tag & 7 == 1 else 4
    return fields


class _Phones:
    def __init__(self, answers, rooms):
        self.answers = answers
        # What each room's phone does; None: nobody is in the room.
        self.rooms = dict.fromkeys(rooms, "active")
        self.ringing = {}
        self.log = []

    def listed(self, room):
        count = int(self.rooms[room] is not None)
        return _text(1, _text(1, "RM_" + room[-12:]) + _text(2, room) + _number(9, count))


def _phone(leg):
    """What the stub tells of a phone: kind SIP, in state ACTIVE."""
    status = _text(15, _text(1, "sip.callStatus") + _text(2, leg))
    return _text(1, "PA_1") + _text(2, "phone") + _number(3, 2) + _number(14, 3) + status


_NO_ROOM = (404, b'{"code":"not_found","msg":"twirp error unknown: requested room does not exist"}')
_NOBODY = (404, b'{"code":"not_found","msg":"participant does not exist"}')
_CANCELED = (408, b'{"code":"canceled","msg":"twirp error canceled: context canceled"}')


class _Connection(asyncio.Protocol):
    def __init__(self, phones):
        self.phones = phones
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        came = time.time()
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end]
            at = head.lower().find(b"\r\ncontent-length:")
            length = 0 if at < 0 else int(head[at + 17 :].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            method = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].decode()
            fields = _texts(body)
            names = [name.decode() for name in fields.get(3 if method == "CreateSIPParticipant" else 1, [])]
            room = names[0] if names else ""
            self.answer(method, room, names)
            self.phones.log.append((method, room, came, time.time() - came))

    def answer(self, method, room, names):
        phones = self.phones
        if method == "CreateRoom":
            phones.rooms.setdefault(room, None)
            self.send(200, _text(1, "RM_" + room[-12:]) + _text(2, room))
        elif method == "ListRooms":
            wanted = [name for name in names if name in phones.rooms] if names else list(phones.rooms)
            self.send(200, b"".join(phones.listed(name) for name in wanted))
        elif method == "CreateSIPParticipant":
            phones.rooms[room] = "active" if phones.answers else "ringing"
            if phones.answers:
                self.send(200, _text(1, "PA_1") + _text(2, "phone") + _text(3, room) + _text(4, "SCL_1"))
            else:
                phones.ringing[room] = self
        elif method == "GetParticipant":
            leg = phones.rooms.get(room)
            self.send(*(_NOBODY if leg is None else (200, _phone(leg))))
        elif method == "ListParticipants":
            leg = phones.rooms.get(room)
            self.send(200, b"" if leg is None else _text(1, _phone(leg)))
        elif method == "DeleteRoom" and room not in phones.rooms:
            self.send(*_NO_ROOM)
        elif method == "DeleteRoom":
            del phones.rooms[room]
            dial = phones.ringing.pop(room, None)
            self.send(200, b"")
            if dial:
                dial.send(*_CANCELED)
        else:
            self.send(200, b"")

    def send(self, status, body):
        kind = b"application/protobuf" if status == 200 else b"application/json"
        self.transport.write(
            b"HTTP/1.1 %d X\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (status, kind, len(body)) + body)


async def _serve(pipe, answers, rooms):
    loop = asyncio.get_running_loop()
    phones = _Phones(answers, rooms)
    server = await loop.create_server(lambda: _Connection(phones), "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    done = asyncio.Event()

    def asked():
        try:
            pipe.recv()
        except EOFError:
            done.set()
            return
        log, phones.log = phones.log, []
        pipe.send(json.dumps(log))

    loop.add_reader(pipe.fileno(), asked)
    await done.wait()


def _process(pipe, answers, rooms):
    asyncio.run(_serve(pipe, answers, rooms))


class LiveKitStub:
    """The stub as a context. `url` is its address."""

    def __init__(self, answers=True, rooms=()):
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_process, args=(other, answers, list(rooms)), daemon=True)
        self.other = other

    def __enter__(self):
        self.process.start()
        self.other.close()
        self.url = f"http://127.0.0.1:{self.pipe.recv()}"
        return self

    def __exit__(self, *_):
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()

    def log(self):
        """What came since the last time: lists of method, room, time of arrival, seconds until it was answered."""
        self.pipe.send("log")
        return json.loads(self.pipe.recv())
