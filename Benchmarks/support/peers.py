"""The job queues that ours is measured beside: PyPI's, each in the public words of its own, in a Python of their own."""

import glob
import json
import os
import shutil
import subprocess

from support import server
from support.figures import note

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGES = ["pgqueuer==1.6.0", "oban==0.7.0", "awa-pg==0.6.9", "asyncpg==0.32.0", "uvloop==0.23.0"]
NAMES = ["pgqueuer", "oban", "awa"]
# How many jobs each takes at a time: the best of what was tried on two cores.
AT_A_TIME = {"pgqueuer": 1000, "oban": 500, "awa": 512}


def _suits(python):
    check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
    return subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0


def _python():
    """One that all of them run on: oban wants 3.12 or a newer one."""
    named = [shutil.which(f"python3.{minor}") for minor in (14, 13, 12)] + [shutil.which("python3")]
    managed = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[2-9]*/bin/python3")), reverse=True)
    for python in filter(None, named + managed):
        if _suits(python):
            return python
    raise SystemExit("the peers need Python 3.12 or newer, with venv, and there is none here")


def python():
    """Their Python; makes it where there is none, from the package index."""
    folder = os.path.join(server.BUILD, "bench-peers")
    done, path = os.path.join(folder, "done"), os.path.join(folder, "bin", "python")
    wanted = "\n".join(PACKAGES)
    if os.path.exists(done):
        with open(done, encoding="ascii") as file:
            if file.read() == wanted:
                return path
    note("    installing the peers")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([_python(), "-m", "venv", folder], check=True)
    install = [path, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    # Package indexes fail now and then; once more usually helps.
    if subprocess.run(install, check=False).returncode != 0:
        subprocess.run(install, check=True)
    with open(done, "w", encoding="ascii") as file:
        file.write(wanted)
    return path


def rate(name, db, what, count, clients=1):
    """Jobs a second that the peer creates one by one, or drains, on a database of its own."""
    db.new_database("peer")
    # awa wants to be told a host, and takes the socket's folder all the same.
    url = db.url("peer", host="localhost" if name == "awa" else "").replace("postgres://", "postgresql://")
    command = [python(), os.path.join(HERE, "peers", name + "_peer.py"), url, what, str(count), str(clients)]
    environment = {**os.environ, "PEER_AT_A_TIME": str(AT_A_TIME[name])}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=150)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr.strip()[-600:]}")
    return count / json.loads(done.stdout)["seconds"]
