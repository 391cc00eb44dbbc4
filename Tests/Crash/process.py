"""Processes with their output in files, and the certainty that none of them outlives the script."""

import os
import re
import signal
import subprocess
import sys
import time


def find_binary():
    build = os.environ.get("SCRATCH", ".build")
    for name in [os.environ.get("BINARY"), f"{build}/release/switchboard", f"{build}/debug/switchboard"]:
        if name and os.access(name, os.X_OK):
            return os.path.abspath(name)
    sys.exit("crash: there is no binary: run `swift build --product switchboard`, or set BINARY")


def clean_environment():
    """Nothing of the caller's may reach a real phone or a real database."""
    ours = re.compile("LIVEKIT_|SWITCHBOARD_|SANDBOX_|DATABASE_")
    return {name: value for name, value in os.environ.items() if not ours.match(name)}


class Died(Exception):
    """A process ended while it was waited for."""


class Process:
    """A process in a group of its own, so that a kill takes it together with the strace before it."""

    alive = []

    def __init__(self, folder, name, command, environment):
        self.name, self.out, self.log = name, folder / f"{name}.out", folder / f"{name}.log"
        with self.out.open("w") as out, self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=log, env=environment, start_new_session=True)
        Process.alive.append(self)

    def port(self, what):
        """Waits for the line `WHAT: http://…:PORT`."""
        deadline = time.time() + 30
        while time.time() < deadline:
            found = re.search(rf"^{what}: \S+:(\d+)\s*$", self.out.read_text(), re.MULTILINE)
            if found:
                return int(found[1])
            self.demand_alive()
            time.sleep(0.002)
        raise Died(f"{self.name} did not say where it listens:\n{self.tail()}")

    def demand_alive(self):
        if self.process.poll() is not None:
            raise Died(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def kill(self):
        """SIGKILL to the whole group; returns when the process is gone, so that the database's lock is free again."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        Process.alive.remove(self)

    @classmethod
    def kill_all(cls):
        for process in list(cls.alive):
            process.kill()
