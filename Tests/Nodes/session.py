"""A session with PostgreSQL over its socket, in PostgreSQL's own words: no process a question, and no driver."""

import contextlib
import socket
import struct


class Away(Exception):
    """There is no server, or it closed the connection."""


class Refused(Exception):
    """The server answered with an error."""


class Session:
    def __init__(self, folder, database, user="switchboard", limit=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(limit)
        try:
            self.socket.connect(f"{folder}/.s.PGSQL.5432")
        except OSError as error:
            self.socket.close()
            raise Away(str(error)) from error
        self.file = self.socket.makefile("rb")
        words = f"user\0{user}\0database\0{database}\0application_name\0watcher\0\0".encode()
        try:
            self._send(struct.pack("!ii", len(words) + 8, 196608) + words)
            self._read_answer()
        except BaseException:
            self.close()
            raise

    def rows(self, sql):
        """The rows of a statement, each a list of texts and None."""
        words = sql.encode() + b"\0"
        self._send(b"Q" + struct.pack("!i", len(words) + 4) + words)
        return self._read_answer()

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Away(str(error)) from error

    def _read_answer(self):
        rows, error = [], None
        while True:
            kind, body = self._read_message()
            if kind == b"D":
                rows.append(_fields(body))
            elif kind == b"E":
                error = next(
                    part[1:].decode(errors="replace") for part in body.split(b"\0") if part.startswith(b"M"))
            elif kind == b"R" and body != b"\0\0\0\0":
                raise Refused("the server asks for a password")
            elif kind == b"Z":
                if error:
                    raise Refused(error)
                return rows

    def _read_message(self):
        try:
            head = self.file.read(5)
            body = self.file.read(struct.unpack("!i", head[1:])[0] - 4) if len(head) == 5 else b""
        except OSError as error:
            raise Away(str(error)) from error
        if len(head) < 5:
            raise Away("the server closed the connection")
        return head[:1], body


def _fields(body):
    values, at = [], 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        length = struct.unpack_from("!i", body, at)[0]
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return values


class Watcher:
    """Asks as often as one likes, over one session that is made anew when it breaks."""

    def __init__(self, folder, database):
        self.place, self.session = (folder, database), None

    def rows(self, sql):
        """The rows, or None while the server is away."""
        try:
            self.session = self.session or Session(*self.place)
            return self.session.rows(sql)
        except (Away, Refused):
            self.close()
            return None

    def close(self):
        if self.session:
            with contextlib.suppress(OSError):
                self.session.close()
        self.session = None
