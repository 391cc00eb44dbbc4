"""The database behind the server, read past it: a file of SQLite's, or one of a PostgreSQL that can be killed, too."""

import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

from .process import Died


class SQLiteFile:
    # From readiness until rows and phones agree: the server is alone on its file, and voids its predecessor's leases.
    consistent_within = 1.0
    # How long a dead server's hang-ups stay with it after its successor is ready.
    leased_for = 0.0
    pause = 0.01
    cluster = None

    def __init__(self, folder):
        self.file = folder / "switchboard.sqlite"
        self.url = f"sqlite:{self.file}"

    def read(self, queries):
        """The rows of each query, all of one moment."""
        with contextlib.closing(self.connect()) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            return {name: [dict(row) for row in connection.execute(sql)] for name, sql in queries.items()}

    def check(self):
        """What SQLite itself finds wrong with the file."""
        with contextlib.closing(self.connect()) as connection:
            found = [row[0] for row in connection.execute("PRAGMA quick_check")]
            found += [str(tuple(row)) for row in connection.execute("PRAGMA foreign_key_check")]
        return [one for one in found if one != "ok"]

    def connect(self):
        return sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=5)


class PostgresDatabase:
    # The server cannot know that it is alone: what its predecessor had leased is free 8 s after the last renewal, the
    # comparison is another's duty 6 s after it was last taken, and for both one looks every second or two.
    consistent_within = 10.0
    leased_for = 9.0
    # Each look is a process.
    pause = 0.1

    def __init__(self, cluster, tag):
        self.cluster, self.name = cluster, f"crash_{tag}"
        cluster.run("createdb", "-T", "template0", *cluster.place, self.name)
        self.url = f"postgres:///{self.name}?host={cluster.folder}&user=switchboard"

    def read(self, queries):
        rows = "; ".join(f"SELECT coalesce(jsonb_agg(to_jsonb(q)), '[]') FROM ({sql}) q" for sql in queries.values())
        found = self.cluster.run(
            "psql", self.url, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            "-c", rows)
        return dict(zip(queries, map(json.loads, found.splitlines()), strict=True))

    def check(self):
        """What PostgreSQL finds wrong with tables and indexes."""
        try:
            self.cluster.run("pg_amcheck", "--install-missing", "--heapallindexed", *self.cluster.place, "-d", self.name)
        except Died as error:
            return [str(error)]
        return []


class Postgres:
    """The PostgreSQL that Scripts/with-postgres started for us alone."""

    def __init__(self, folder):
        self.folder = folder
        self.place = ["-h", folder, "-U", "switchboard"]
        self.programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        # It refuses to run as root.
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []

    def run(self, program, *arguments):
        done = subprocess.run([self.programs / program, *arguments], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Died(f"{program} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def crash(self, how):
        """Ends all its processes without a word, and returns when it has recovered."""
        if how == "immediate":
            self.control("-m", "immediate", "-w", "stop")
        else:
            self.kill()
        deadline = time.time() + 30
        while True:
            try:
                return self.control("-w", "-t", "60", "-l", f"{self.folder}/log", "start")
            except Died:
                # It does not start beside a process of the old one that is not quite gone.
                if time.time() > deadline:
                    raise
            time.sleep(0.05)

    def kill(self):
        """SIGKILL to the postmaster and all of its children; each of them leads a group of its own."""
        postmaster = int(pathlib.Path(self.folder, "data", "postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in [postmaster, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def control(self, *arguments):
        done = subprocess.run(
            [*self.user, self.programs / "pg_ctl", "-D", f"{self.folder}/data", *arguments], cwd="/",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=90)
        if done.returncode != 0:
            raise Died(f"pg_ctl {' '.join(arguments)} ended with {done.returncode}")
