"""A sandbox that lives on, as LiveKit would, and a server on a database that is killed and started again."""

import json
import socket
import subprocess
import time

from .client import Unanswered, ask
from .process import Died, Process, clean_environment

RINGING_TIMEOUT = 5
# From "sent" until nothing of a dial can be in flight any more: the ringing, LiveKit's own slack and ours.
DIAL_SECONDS = RINGING_TIMEOUT + 4
AGENTS = {"bare": None, "named": "crash", "stopped": None, "stopped-named": "crash"}


class House:
    def __init__(self, binary, folder, tag, database):
        self.binary, self.folder, self.tag, self.database = binary, folder, tag, database
        self.environment = clean_environment() | {"DATABASE_URL": database.url}
        # Bound and never listening: nobody is given this port by chance, and the server may listen on it, every time.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.place.bind(("127.0.0.1", 0))
        self.port = self.place.getsockname()[1]
        self.server = None

    def open(self):
        webhook = f"http://127.0.0.1:{self.port}/api/v1/livekit/webhook"
        command = [self.binary, "sandbox", "--port", "0", "--webhook-url", webhook]
        self.sandbox = Process(self.folder, "sandbox", command, self.environment).port("sandbox")
        self.key = self.make_key()
        self.environment |= {
            "LIVEKIT_URL": f"http://127.0.0.1:{self.sandbox}",
            "LIVEKIT_API_KEY": "devkey",
            "LIVEKIT_API_SECRET": "secret",
            "SWITCHBOARD_TRUNK_ID": "ST_sandbox",
            "SWITCHBOARD_PORT": str(self.port),
            "SWITCHBOARD_RATE_LIMIT": "0",
            "SWITCHBOARD_DIALS_PER_SECOND": "200",
            "SWITCHBOARD_LOG_LEVEL": "info",
        }
        self.serve()
        self.agents = {name: self.make_agent(name, dispatch) for name, dispatch in AGENTS.items()}

    def close(self):
        Process.kill_all()
        self.place.close()

    def make_key(self):
        command = [self.binary, "keys", "create", "--organization", "crash", "--json"]
        made = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        if made.returncode != 0:
            raise Died(f"no key could be made:\n{made.stderr}")
        return json.loads(made.stdout)["key"]

    def make_agent(self, name, dispatch):
        body = {"name": name, "type": "voice", "phoneNumbers": ["+15005550100"], "ringingTimeout": RINGING_TIMEOUT}
        if dispatch:
            body["agentName"] = dispatch
        answer = self.ask("POST", "/api/v1/agents", body)
        if answer.status != 201:
            raise Died(f"no agent could be made: {answer}")
        return answer.body["data"]["id"]

    # The server

    def serve(self, tracer=()):
        """Starts the server, behind a tracer where one is given, and returns when /readyz answers 200."""
        self.server = Process(self.folder, "server", [*tracer, self.binary, "serve"], self.environment)
        began = time.time()
        while True:
            try:
                if ask(self.port, "GET", "/readyz", limit=5).status == 200:
                    break
            except Unanswered:
                self.server.demand_alive()
            if time.time() > began + 30:
                raise Died(f"the server is not ready after 30 s:\n{self.server.tail()}")
            time.sleep(0.002)
        self.ready = time.time()
        self.starting = self.ready - began

    def kill(self):
        self.killed = time.time()
        self.server.kill()

    def ask(self, method, path, body=None, headers=None):
        return ask(self.port, method, path, self.key, body, headers)

    # LiveKit

    def order(self, path, body):
        answer = ask(self.sandbox, "POST", path, body=body)
        if answer.status != 200:
            raise Died(f"the sandbox refused {path} {body}: {answer}")

    def legs(self):
        return ask(self.sandbox, "GET", "/sandbox/phones").body["legs"]

    def rooms(self):
        return [room["name"] for room in ask(self.sandbox, "GET", "/sandbox/rooms").body["rooms"]]

    def break_livekit(self, fault):
        """LiveKit can hang up nothing until it is mended: DeleteRoom has this fault, or the whole server is down."""
        if fault == "down":
            self.order("/sandbox/outage", {"down": True})
        else:
            self.order("/sandbox/faults", {"method": "DeleteRoom", "fault": fault, "times": 1_000_000})

    def mend_livekit(self):
        self.order("/sandbox/outage", {"down": False})
        self.order("/sandbox/faults", {"method": "DeleteRoom", "fault": "none"})
