"""Stands between a server and its LiveKit, and tells the moment in which a dial goes out."""

import asyncio


async def _message(reader):
    """One HTTP/1.1 message with its body, as bytes; None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    at = head.lower().find(b"\r\ncontent-length:")
    length = 0 if at < 0 else int(head[at + 17 :].split(b"\r\n", 1)[0])
    return head + await reader.readexactly(length)


class LiveKitProxy:
    """`on_dial(body)` is called with each CreateSIPParticipant in the moment before it goes on to `port`."""

    def __init__(self, port, on_dial):
        self.port = port
        self.on_dial = on_dial

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def _serve(self, reader, writer):
        theirs_in, theirs_out = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while (request := await _message(reader)) is not None:
                if b"/CreateSIPParticipant " in request[:100]:
                    self.on_dial(request)
                theirs_out.write(request)
                answer = await _message(theirs_in)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            theirs_out.close()
            writer.close()


async def ask(port, method, path, key=None, body=None):
    """One request on a connection of its own; returns status and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\n" + (f"x-api-key: {key}\r\n" if key else "")
        payload = body or b""
        if body is not None:
            head += f"content-type: application/json\r\ncontent-length: {len(payload)}\r\n"
        writer.write(head.encode() + b"\r\n" + payload)
        answer = await _message(reader)
        if answer is None:
            raise ConnectionError("no answer")
        return int(answer[9:12]), answer.split(b"\r\n\r\n", 1)[1]
    finally:
        writer.close()
