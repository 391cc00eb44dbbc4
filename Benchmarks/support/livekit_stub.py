"""A stand-in for LiveKit in a process of its own: answers at once, and remembers when each request came and how long it took.

A dial is answered at once (`answers=True`) or rings until its room is deleted. A room that the stub never heard of has a phone
that talks where `knows_all` is set, so that stored calls are found alive.
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
    """The fields of a protobuf message that have a length, by their number."""
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
            fields[tag >> 3] = message[at : at + length]
            at += length
        elif tag & 7 == 0:
            varint()
        else:
            at += 8 if tag & 7 == 1 else 4
    return fields


class _Phones:
    def __init__(self, answers, knows_all):
        self.answers = answers
        self.knows_all = knows_all
        self.rooms = {}
        self.ringing = {}
        self.log = []

    def present(self, room):
        return self.rooms.get(room, "active" if self.knows_all else None)


_ABSENT = (404, b'{"code":"not_found","msg":"requested room does not exist"}')
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
            room = fields.get(3 if method == "CreateSIPParticipant" else 1, b"").decode()
            self.answer(method, room)
            self.phones.log.append((method, room, came, time.time() - came))

    def answer(self, method, room):
        phones = self.phones
        if method == "CreateRoom":
            self.send(200, _text(1, "RM_" + room[-12:]) + _text(2, room))
        elif method == "CreateSIPParticipant":
            phones.rooms[room] = "active" if phones.answers else "ringing"
            if phones.answers:
                self.send(200, _text(1, "PA_1") + _text(2, "phone") + _text(3, room) + _text(4, "SCL_1"))
            else:
                phones.ringing[room] = self
        elif method == "GetParticipant":
            leg = phones.present(room)
            if leg is None:
                self.send(*_ABSENT)
            else:
                status = _text(15, _text(1, "sip.callStatus") + _text(2, leg))
                self.send(200, _text(1, "PA_1") + _text(2, "phone") + _number(3, 2) + _number(14, 3) + status)
        elif method == "DeleteRoom":
            phones.rooms[room] = None
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


async def _serve(pipe, answers, knows_all):
    loop = asyncio.get_running_loop()
    phones = _Phones(answers, knows_all)
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


def _process(pipe, answers, knows_all):
    asyncio.run(_serve(pipe, answers, knows_all))


class LiveKitStub:
    """The stub as a context. `url` is its address."""

    def __init__(self, answers=True, knows_all=False):
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_process, args=(other, answers, knows_all), daemon=True)
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
