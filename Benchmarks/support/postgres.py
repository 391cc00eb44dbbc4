"""A PostgreSQL of the benchmarks' own: its syncs are real, and its settings are those that it comes with."""

import contextlib
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from support import native

USER = "switchboard"


def _program(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    if not found:
        raise SystemExit("there is no PostgreSQL server here: run Scripts/setup test")
    return found[-1]


@contextlib.contextmanager
def folder():
    """A folder on a disk that the server's user can reach, gone at the end; BENCH_POSTGRES names one that is there."""
    if "BENCH_POSTGRES" in os.environ:
        yield os.environ["BENCH_POSTGRES"]
        return
    path = tempfile.mkdtemp(prefix="switchboard-bench-", dir="/var/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Postgres:
    """The server as a context, over a socket in its folder. `slower`: microseconds that each of its syncs takes longer."""

    def __init__(self, parent, slower=0, **settings):
        self.folder = tempfile.mkdtemp(prefix="pg-", dir=parent)
        self.libraries = tempfile.mkdtemp(prefix="lib-", dir=parent)
        os.chmod(self.libraries, 0o755)
        self.slower = slower
        self.settings = settings
        # It refuses to run as root, and its package brings a user along.
        self.user = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def __enter__(self):
        data = os.path.join(self.folder, "data")
        subprocess.run(
            [_program("initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True, capture_output=True, cwd="/", **self.user)
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder, **self.settings}
        command = [_program("postgres"), "-D", data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        environment = native.slowed(os.environ, self.libraries, self.slower)
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            command, env=environment, cwd="/", stdout=self.log, stderr=self.log, **self.user)
        deadline = time.monotonic() + 60
        while subprocess.run([_program("pg_isready"), "-q", "-h", self.folder, "-U", USER]).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.libraries, ignore_errors=True)

    def url(self, database, host=""):
        """As libpq and its likes read it; some clients want to be told a host that they then do not use."""
        return f"postgres://{USER}@{host}/{database}?host={self.folder}"

    def run(self, sql, database="postgres"):
        """Runs statements, each in a transaction of its own; returns the rows as lists of texts."""
        command = [
            _program("psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", "-F", "\t", "-h", self.folder, "-U", USER, "-d", database]
        done = subprocess.run(command, input=sql, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()[:500]}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, sql, database="postgres"):
        return int(self.run(sql, database)[-1][0])

    def new_database(self, name, template="template1"):
        """A database of this name, empty or a copy; one that was there before is gone."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);\nCREATE DATABASE {name} TEMPLATE {template};\nCHECKPOINT;")
        return self.url(name)

    def bench(self, script, database, clients, seconds=None, transactions=None, **variables):
        """pgbench with prepared statements; returns transactions a second, without what connecting took."""
        path = os.path.join(self.libraries, "script.sql")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        command = [_program("pgbench"), "-n", "-M", "prepared", "-h", self.folder, "-U", USER, "-c", str(clients), "-j", "1"]
        command += ["-T", str(seconds)] if seconds else ["-t", str(transactions)]
        for name, value in variables.items():
            command += ["-D", f"{name}={value}"]
        done = subprocess.run(command + ["-f", path, database], check=False, capture_output=True, text=True)
        tps = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps = ")]
        failed = [line for line in done.stdout.splitlines() if "number of failed transactions" in line and ": 0 " not in line]
        if failed or done.returncode != 0:
            raise RuntimeError(f"pgbench: {failed} {done.stderr.strip()[-500:]}")
        return float(tps[0])
