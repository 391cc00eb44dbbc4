"""When and how the server dies: at a random instant, or as one of its threads enters its n-th call of the kernel.

On SQLite a kill at fdatasync finds the transaction written and not acknowledged; one at pwrite64 finds it half written. strace
counts the calls of each thread by itself, and SQLite's one writer moves between a few threads: so n is small. On a slow
disk, where every write waits for some milliseconds, the random instant is amid a transaction most of the time: what was
acknowledged too early is lost there.

On PostgreSQL the process that syncs is another. A kill at sendto finds a transaction decided and not sent, or half of
it; one at recvfrom finds it committed, perhaps, and unheard of. On a slow line every look for an answer waits. In every
fourth round PostgreSQL itself dies as well, by SIGKILL or by an immediate stop, and is started again at once.
"""

import dataclasses
import shutil
import subprocess
import sys

KINDS = {"instant": 4, "slow disk": 2, "fdatasync": 2, "pwrite64": 2}
KINDS_ON_POSTGRES = {"instant": 4, "slow line": 2, "sendto": 2, "recvfrom": 2}
# What a thread usually reaches in a round.
LARGEST = {"fdatasync": 30, "pwrite64": 1000, "sendto": 120, "recvfrom": 250}
SLOW = {"slow disk": "pwrite64", "slow line": "recvfrom"}
EARLIEST, LATEST = 0.15, 0.9
# What a slow disk adds to every write, a slow line to every look for an answer; in milliseconds.
SLOWNESS = 1, 4


@dataclasses.dataclass
class Kill:
    kind: str
    # Seconds from the beginning of the load; a server that does not reach its n-th call dies then, too.
    after: float
    number: int = 0

    @classmethod
    def drawn(cls, chance, kinds):
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        if kind == "instant":
            return cls(kind, chance.uniform(EARLIEST, LATEST))
        if kind in SLOW:
            return cls(kind, chance.uniform(EARLIEST, LATEST), chance.randint(*SLOWNESS))
        return cls(kind, LATEST + 0.3, chance.randint(1, LARGEST[kind]))

    @property
    def counts(self):
        """Whether the server dies by itself, at its n-th call."""
        return self.kind in LARGEST

    @property
    def tracer(self):
        """The command before the server's own.

        With -D the server is our child, and strace the server's. --seccomp-bpf would be faster, but then strace 6.1
        injects nothing.
        """
        if self.kind == "instant":
            return ()
        call, fault = self.kind, f"signal=KILL:when={self.number}"
        if self.kind in SLOW:
            call, fault = SLOW[self.kind], f"delay_enter={self.number * 1000}"
        return ("strace", "-D", "-f", "-q", "-o", "/dev/null", "-e", f"trace={call}",
                "-e", f"inject={call}:{fault}")

    def __str__(self):
        return self.kind if self.kind == "instant" else f"{self.kind} {self.number}"


@dataclasses.dataclass
class Outage:
    """PostgreSQL dies, amid the load, and comes back; the server lives on for a while, or dies meanwhile."""

    how: str
    after: float
    # How much longer the server lives.
    longer: float

    @classmethod
    def drawn(cls, chance, number, cluster):
        if cluster is None or number % 4:
            return None
        return cls(chance.choice(["immediate", "SIGKILL"]), chance.uniform(EARLIEST, LATEST), chance.uniform(0, 2.5))


def demand_strace():
    """Ends the script where strace is missing or may not trace: half of the kills would silently be of one kind."""
    if not shutil.which("strace"):
        sys.exit("crash: strace is missing: Scripts/setup test installs it")
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, timeout=20)
    if tried.returncode != 0:
        sys.exit(f"crash: strace may not trace here: {tried.stderr.strip()}")
