"""The small programs in C, compiled when they are needed."""

import os
import shutil
import subprocess

SOURCES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "native")


def compiled(name, folder):
    """The path of the program, or of the library for `slow_sync`, compiled into the folder."""
    library = name == "slow_sync"
    path = os.path.join(folder, name + (".so" if library else ""))
    if not os.path.exists(path):
        command = [shutil.which("cc") or "clang", "-O2", "-o", path, os.path.join(SOURCES, name + ".c")]
        command += ["-shared", "-fPIC"] if library else []
        command += ["-lsqlite3"] if name == "sql_by_hand" else []
        subprocess.run(command, check=True)
    return path


def slowed(environment, folder, microseconds):
    """The environment in which every sync costs that much more."""
    if not microseconds:
        return dict(environment)
    return {**environment, "LD_PRELOAD": compiled("slow_sync", folder), "SLOW_SYNC_US": str(microseconds)}
