"""A server that is measured: its files, its process, its key and its agent."""

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time

from support.client import Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("SCRATCH", ".build"))


def binary():
    """The server that is measured: BINARY, else the release build."""
    path = os.environ.get("BINARY") or os.path.join(BUILD, "release", "switchboard")
    if not os.access(path, os.X_OK):
        raise SystemExit(f"{path} is not there: `make bench` builds it, BINARY names another one")
    return os.path.abspath(path)


@contextlib.contextmanager
def folder():
    """A folder on the disk of the build, gone at the end: a file system in memory would make every sync free."""
    parent = os.environ.get("BENCH_FOLDER", BUILD)
    os.makedirs(parent, exist_ok=True)
    path = tempfile.mkdtemp(prefix="bench-", dir=parent)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def environment(**settings):
    """The environment of a server: nothing of the caller's may reach a real phone or a real database."""
    prefixes = ("SWITCHBOARD_", "SANDBOX_", "LIVEKIT_", "DATABASE_URL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**clean, **{name: str(value) for name, value in settings.items()}}


def address(database):
    """A database as DATABASE_URL names it: a PostgreSQL by its address, a file by its path."""
    return database if database.startswith("postgres") else "sqlite:" + database


def make_key(database, organization="bench"):
    """A new key; makes the database too where there is none."""
    command = [binary(), "keys", "create", "--organization", organization, "--name", "bench", "--json"]
    done = subprocess.run(
        command, env=environment(DATABASE_URL=address(database)), check=True, capture_output=True, timeout=60)
    return json.loads(done.stdout)["key"]


class _Program:
    """A command of the binary that serves, as a context: stopped at the end by its process id."""

    # What it prints with its address when it listens.
    name = ""

    def __init__(self, command, environment, log):
        self.command, self.environment, self.log = command, environment, log
        self.addresses = {}

    def __enter__(self):
        self.started = time.time()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [binary(), *self.command], env=self.environment, stdout=subprocess.PIPE, stderr=log)
        try:
            self._read_addresses(time.monotonic() + 30)
        except BaseException:
            self.stop()
            raise
        return self

    def _read_addresses(self, deadline):
        text = b""
        while self.name not in self.addresses:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not chunk:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise RuntimeError(f"{self.name} did not start:\n" + "".join(log.readlines()[-10:]))
            text += chunk
            self.addresses = dict(line.split(": ", 1) for line in text.decode().splitlines() if ": " in line)

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()

    @property
    def sandbox(self):
        return self.addresses.get("sandbox")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Network(_Program):
    """`switchboard sandbox`, a process of its own: LiveKit and its phones. `webhooks`: the port of the server that hears of them."""

    name = "sandbox"

    def __init__(self, folder, webhooks):
        webhook = f"http://127.0.0.1:{webhooks}/livekit/webhook"
        super().__init__(
            ["sandbox", "--legs", "100000", "--webhook-url", webhook], environment(), os.path.join(folder, "network.log"))


class Server(_Program):
    """`switchboard serve` on a database. `log`: beside the file, if not given."""

    name = "switchboard"

    def __init__(self, database, livekit=None, change=lambda environment: environment, log=None, **settings):
        settings = {
            "DATABASE_URL": address(database), "SWITCHBOARD_PORT": 0, "SANDBOX_PORT": 0, "SWITCHBOARD_RATE_LIMIT": 0,
            "SWITCHBOARD_DIALS_PER_SECOND": 1000, "SWITCHBOARD_MAX_LIVE": 2000, "SWITCHBOARD_TRUNK_ID": "ST_sandbox",
            **settings,
        }
        if livekit:
            settings |= {"LIVEKIT_URL": livekit, "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "secret"}
        super().__init__(["serve", "--adopt-livekit"], change(environment(**settings)), log or database + ".log")

    @property
    def url(self):
        return self.addresses[self.name]

    def client(self, key=None):
        return Client(self.url, key)

    @property
    def port(self):
        return self.url.rsplit(":", 1)[1]

    def memory(self):
        """What is resident, in MB: all of it, and the part that is the process's own."""
        values = {}
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name in ("VmRSS", "RssAnon"):
                    values[name] = int(value.split()[0]) / 1000
        return values["VmRSS"], values["RssAnon"]


def free_port():
    """One that the system hands out: for a server whose address somebody must know before it listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def make_agent(client, **fields):
    """An agent without a worker to wait for, unless `agentName` says otherwise."""
    body = {"name": "Bench", "type": "voice", "phoneNumbers": ["+15005550100"], **fields}
    return client.post("/api/v1/agents", body)["data"]["id"]
