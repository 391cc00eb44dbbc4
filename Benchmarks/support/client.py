"""A client of the API on one connection that stays open, with as little of its own time as Python allows."""

import json
import socket
import time
import urllib.parse


class Client:
    def __init__(self, url, key=None):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"host: {parts.netloc}\r\n" + (f"x-api-key: {key}\r\n" if key else "")

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, method, path, body=None, headers=""):
        """Returns status, body as bytes, and the seconds from the first byte sent to the last one received."""
        payload = b"" if body is None else json.dumps(body).encode()
        request = f"{method} {path} HTTP/1.1\r\n{self.head}{headers}"
        if body is not None:
            request += f"content-type: application/json\r\ncontent-length: {len(payload)}\r\n"
        data = (request + "\r\n").encode() + payload
        start = time.perf_counter()
        self.socket.sendall(data)
        answer = b""
        while True:
            chunk = self.socket.recv(262144)
            if not chunk:
                raise ConnectionError("the server closed the connection")
            answer += chunk
            end = answer.find(b"\r\n\r\n")
            if end < 0:
                continue
            head = answer[:end].lower()
            at = head.find(b"\r\ncontent-length:")
            length = 0 if at < 0 else int(head[at + 17 :].split(b"\r\n", 1)[0])
            if len(answer) >= end + 4 + length:
                took = time.perf_counter() - start
                return int(answer[9:12]), answer[end + 4 : end + 4 + length], took

    def get(self, path):
        return self.expect(200, "GET", path)

    def post(self, path, body):
        return self.expect((200, 201), "POST", path, body)

    def expect(self, wanted, method, path, body=None):
        """The body of an answer that must have this status, as JSON."""
        status, answer, _ = self.ask(method, path, body)
        if status not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            raise AssertionError(f"{method} {path}: {status} {answer[:300]!r}")
        return json.loads(answer)
