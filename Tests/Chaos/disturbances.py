"""The five disturbances. Each runs until it is cancelled, and puts right what it did."""

import asyncio
import contextlib
import itertools

from Crash.database import Postgres
from Nodes.session import Away, Refused, Session

# Seconds between two of them.
RESTART_EVERY = 30
BACKEND_EVERY = 1
KILL_EVERY = 5
STOP_EVERY = 5
IDLE_CONNECTIONS = 300


async def none(stage):
    """Nothing happens."""
    await asyncio.Event().wait()


async def postgres(stage):
    """PostgreSQL ends at once (`-m immediate`), recovers and comes back, every 30 s; the first time after 5."""
    server = Postgres(stage.place)
    await asyncio.sleep(5)
    while True:
        await _whole(asyncio.to_thread(server.crash, "immediate"))
        stage.count += 1
        await asyncio.sleep(RESTART_EVERY)


async def backends(stage):
    """Every second one of the nodes' connections is terminated, whichever."""
    with contextlib.closing(Session(stage.place, "postgres")) as session:
        while True:
            ended = await asyncio.to_thread(
                session.rows,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE application_name = 'switchboard' AND datname = '{stage.database}' ORDER BY random() LIMIT 1")
            stage.count += len(ended)
            await asyncio.sleep(BACKEND_EVERY)


async def idle(stage):
    """300 other connections are held that have asked something and ask nothing more."""
    sessions = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            session = await asyncio.to_thread(Session, stage.place, stage.database)
            sessions.append(session)
            await asyncio.to_thread(session.rows, "SELECT count(*) FROM agents")
        stage.count = len(sessions)
        await asyncio.Event().wait()
    finally:
        for session in sessions:
            with contextlib.suppress(OSError):
                session.close()


async def kill(stage):
    """Every 5 s the next node is killed (SIGKILL), and started again at once."""
    for node in itertools.cycle(stage.nodes):
        await asyncio.sleep(KILL_EVERY)
        if node.died:
            stage.look_after_nodes()
        node.kill()
        node.start()
        stage.count += 1


async def stop(stage):
    """Every 5 s the next node is stopped (SIGSTOP) and the one before goes on: one of the three sleeps all the time."""
    for node in itertools.cycle(stage.nodes):
        node.stop()
        stage.count += 1
        try:
            await asyncio.sleep(STOP_EVERY)
        finally:
            node.go_on()


async def _whole(work):
    """Finishes what was begun, also when this is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


ALL = {"postgres": postgres, "backends": backends, "idle": idle, "kill": kill, "stop": stop}
REFUSALS = (Away, Refused)
