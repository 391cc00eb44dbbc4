"""Calls that are in the database already, written by SQL into a database that the server has made."""

import os
import shutil
import sqlite3
import time

from support import server

AGENT = "00000000-0000-4000-8000-00000000000{}"
ACTIVE = 500

# Every nth call is active, spread over the whole time, so that one page of them touches the whole table; of each 100 others 2 wait
# for tomorrow, 70 were completed, and the rest ended in another way.
_STATUS = """
    CASE WHEN n % :every = 0 THEN 'active' WHEN n * 37 % 100 < 2 THEN 'initiated' WHEN n * 37 % 100 < 72 THEN 'completed'
    WHEN n * 37 % 100 < 82 THEN 'no_answer' WHEN n * 37 % 100 < 88 THEN 'busy' WHEN n * 37 % 100 < 93 THEN 'failed'
    ELSE 'cancelled' END
"""


def connect(database):
    """A connection for filling a database whose loss would be no loss."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA foreign_keys = OFF")
    return connection


def finish(connection):
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    os.sync()


def copy(database, path):
    """A copy of a database that nobody has open."""
    shutil.copyfile(database, path)
    return path


def insert_agents(connection, organization="bench", count=5):
    now = int(time.time() * 1000)
    for number in range(count):
        connection.execute(
            "INSERT INTO agents (id, organization, name, status, phone_numbers, ringing_timeout, max_call_duration, created,"
            " updated) VALUES (?, ?, ?, 'active', '+15005550100', 30, 3600, ?, ?)",
            (AGENT.format(number), organization, f"Stored {number}", now, now))


def insert_waiting(connection, count, organization="bench"):
    """Calls that are due tomorrow; returns their ids."""
    insert_agents(connection, organization)
    now = int(time.time() * 1000)
    connection.execute("BEGIN")
    connection.execute(
        """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
        INSERT INTO calls (id, organization, agent, phase, status, held, priority, due, phone, listed_at, created, updated,
            scheduled, attempts, events)
        SELECT 'call_' || printf('%08X', n) || hex(randomblob(8)), :organization, '00000000-0000-4000-8000-00000000000'
            || (n % 5), 0, 'initiated', 0, 5, :now + 86400000 + n, '+1500555' || printf('%04d', n % 10000), :now + 86400000 + n,
            :now - :count + n, :now - :count + n, :now + 86400000 + n, 0, 1
        FROM numbers
        """,
        {"count": count, "organization": organization, "now": now})
    connection.execute("INSERT INTO events SELECT key, 1, created, 'call.created' FROM calls")
    connection.execute("COMMIT")
    return [row[0] for row in connection.execute("SELECT id FROM calls ORDER BY random()")]


def insert_history(connection, count, organization="bench"):
    """So many calls of the last 90 days with their attempts; ACTIVE of them are active."""
    insert_agents(connection, organization)
    values = {
        "count": count, "organization": organization, "now": int(time.time() * 1000), "every": count // ACTIVE,
        "step": 90 * 86_400_000 // count,
    }
    connection.execute("BEGIN")
    connection.execute(
        f"""
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count),
        made (n, status, at) AS (SELECT n, {_STATUS}, :now - (:count - n + 1) * :step FROM numbers)
        INSERT INTO calls (id, organization, agent, phase, status, held, priority, due, phone, contact_name, listed_at,
            created, updated, answered, ended, failure_reason, attempts, events)
        SELECT 'call_' || printf('%08X', n) || hex(randomblob(8)), :organization,
            '00000000-0000-4000-8000-00000000000' || (n % 5),
            CASE status WHEN 'active' THEN 4 WHEN 'initiated' THEN 0 ELSE 5 END, status, 0, 5,
            CASE status WHEN 'initiated' THEN :now + 86400000 + n ELSE at END,
            '+1500' || printf('%07d', n * 7919 % 10000000), 'Contact ' || n, at, at, at + 60000,
            CASE WHEN status IN ('active', 'completed') THEN at + 9000 END,
            CASE WHEN status NOT IN ('active', 'initiated') THEN at + 60000 END,
            CASE status WHEN 'failed' THEN 'trunk_failed' END, status <> 'initiated', 1
        FROM made
        """, values)
    connection.execute(
        """
        INSERT INTO attempts (call, number, room, status, dial, sent, started, ringing, answered, ended)
        SELECT key, 1, 'sb-' || (SELECT id FROM installation) || '-' || id || '-1', status, 3, created, created, created + 3000,
            answered, ended
        FROM calls WHERE attempts = 1
        """)
    connection.execute("COMMIT")


def history(folder, count):
    """A database with so many calls, and its key. Subjects that run one after the other share it where BENCH_SHARED is set."""
    path = os.path.join(os.environ.get("BENCH_SHARED", folder), f"history-{count}.sqlite")
    if os.path.exists(path + ".key"):
        with open(path + ".key", encoding="ascii") as file:
            return path, file.read()
    key = server.make_key(path)
    connection = connect(path)
    insert_history(connection, count)
    finish(connection)
    with open(path + ".key", "w", encoding="ascii") as file:
        file.write(key)
    return path, key


def live_rooms(database):
    """The rooms in which the phones of the active calls are."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return [row[0] for row in connection.execute(
            "SELECT a.room FROM calls c JOIN attempts a ON a.call = c.key AND a.number = c.attempts WHERE c.phase = 4")]
    finally:
        connection.close()
