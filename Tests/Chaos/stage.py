"""What one scenario plays on: a database of its own, a sandbox, three servers, clients."""

import asyncio
import contextlib
import pathlib
import shutil
import tempfile

from Crash.client import Unanswered
from Nodes.cluster import Cluster
from Nodes.session import Session, Watcher

from .client import Client
from .load import RINGING_TIMEOUT, Load

# No limit at all, while it is looked for what the nodes can carry.
UNLIMITED = 1000
# Calls of the load are live for about a second.
LIVE_SECONDS = 5
LEGS = 2_000_000


class Stage:
    """`place` is the folder of the PostgreSQL that all scenarios share, one after the other.

    `limit`: dials a second, over all nodes, as somebody sets it who knows what the nodes can carry.
    """

    def __init__(self, binary, place, name, limit=UNLIMITED, ringing_timeout=RINGING_TIMEOUT):
        self.place, self.name = place, name
        self.database = f"chaos_{name}"
        with contextlib.closing(Session(place, "postgres")) as session:
            session.rows(f"CREATE DATABASE {self.database} TEMPLATE template0")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"switchboard-chaos-{name}-"))
        limits = {
            "SWITCHBOARD_DIALS_PER_SECOND": f"{limit:.0f}", "SWITCHBOARD_MAX_LIVE": f"{limit * LIVE_SECONDS:.0f}",
            "SWITCHBOARD_LOG_LEVEL": "warning",
        }
        url = f"postgres:///{self.database}?host={place}&user=switchboard"
        self.cluster = Cluster(binary, self.folder, url, sandbox=["--legs", str(LEGS)], **limits)
        self.nodes = self.cluster.nodes
        self.agent = self.cluster.make_agent(ringing_timeout)
        self.watcher = Watcher(place, self.database)
        self.client = Client([node.port for node in self.nodes], self.cluster.key)
        self.load = Load(self.client, self.agent)
        # How often something was done to it, and what went wrong beside the calls.
        self.count, self.faults = 0, []

    async def rows(self, sql):
        """The rows, or None while PostgreSQL is away; the clients go on meanwhile."""
        return await asyncio.to_thread(self.watcher.rows, sql)

    def look_after_nodes(self):
        """A node that ended though nobody killed it is a fault of its own."""
        for node in self.nodes:
            if node.died:
                self.faults.append(f"{node.name} ended by itself: {node.process.tail()}")

    def hang_up_the_rest(self):
        """Ends what nobody would: a phone that stays up, and whose cancel never got an answer."""
        with contextlib.suppress(Unanswered):
            self.cluster.ask(0, "POST", "/api/v1/calls/cancel", {"filter": {"status": "active"}})

    def close(self, keep):
        """Ends everything; what the processes said stays where something went wrong."""
        self.client.close()
        self.watcher.close()
        self.cluster.close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.closing(Session(self.place, "postgres", limit=120)) as session:
            session.rows(f"DROP DATABASE {self.database} WITH (FORCE)")
