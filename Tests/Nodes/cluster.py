"""Several servers on one PostgreSQL, and a sandbox that lives on, as LiveKit would."""

import json
import os
import signal
import socket
import subprocess
import urllib.parse

from Crash.client import ask
from Crash.process import Process, clean_environment


class Node:
    """One of the servers. It comes back at the port that it had."""

    def __init__(self, cluster, number):
        self.cluster, self.name = cluster, f"node-{number}"
        # Bound and never listening: nobody is given this port by chance, and the server may listen on it, every time.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.place.bind(("127.0.0.1", 0))
        self.port = self.place.getsockname()[1]
        self.process = None

    def start(self):
        """Starts the server; `wait_until_ready` says when it listens."""
        self.process = Process(
            self.cluster.folder, self.name, [self.cluster.binary, "serve"],
            self.cluster.environment | {"SWITCHBOARD_PORT": str(self.port)})

    def wait_until_ready(self):
        self.process.port("switchboard")

    def kill(self):
        self.process.kill()
        self.process = None

    def stop(self):
        os.kill(self.process.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.process.pid, signal.SIGCONT)

    @property
    def died(self):
        """Whether it ended though nobody killed it."""
        return self.process is not None and self.process.process.poll() is not None


class Cluster:
    def __init__(self, binary, folder, url, sandbox=(), nodes=3, **settings):
        self.binary, self.folder = binary, folder
        self.environment = clean_environment() | {"DATABASE_URL": url}
        self.nodes = [Node(self, number) for number in range(nodes)]
        # LiveKit tells one node, as a balancer would choose.
        webhook = f"http://127.0.0.1:{self.nodes[0].port}/api/v1/livekit/webhook"
        command = [binary, "sandbox", "--port", "0", "--webhook-url", webhook, *sandbox]
        self.sandbox = Process(folder, "sandbox", command, self.environment).port("sandbox")
        self.environment |= {
            "LIVEKIT_URL": f"http://127.0.0.1:{self.sandbox}", "LIVEKIT_API_KEY": "devkey",
            "LIVEKIT_API_SECRET": "secret", "SWITCHBOARD_TRUNK_ID": "ST_sandbox", "SWITCHBOARD_RATE_LIMIT": "0",
        } | settings
        # The first one makes the tables, beside the others.
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait_until_ready()
        made = subprocess.run(
            [binary, "keys", "create", "--organization", "acme", "--json"], env=self.environment, check=True,
            capture_output=True, text=True, timeout=60)
        self.key = json.loads(made.stdout)["key"]

    def make_agent(self, ringing_timeout):
        body = {"name": "Ada", "type": "voice", "ringingTimeout": ringing_timeout}
        return self.ask(0, "POST", "/api/v1/agents", body).body["data"]["id"]

    def ask(self, node, method, path, body=None, headers=None):
        return ask(self.nodes[node].port, method, path, self.key, body, headers, limit=60)

    def legs(self):
        return ask(self.sandbox, "GET", "/sandbox/phones", limit=60).body["legs"]

    def close(self):
        Process.kill_all()
        for node in self.nodes:
            node.place.close()


def database_of(url):
    """Folder and name of a database at an address like Scripts/with-postgres's."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.parse_qs(parts.query)["host"][0], parts.path[1:]
