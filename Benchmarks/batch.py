#!/usr/bin/env python3
"""A batch of a thousand calls by one request, beside a commit of the very same rows by SQLite alone.

By hand means: the rows that the server wrote are taken out of its database, and put into a copy of the database as it was before, batch by
batch, each as one transaction of `INSERT … SELECT` with FULL and all indexes in place. Nothing is parsed, judged, answered or bound there.
"""

import contextlib
import datetime
import json
import os
import sqlite3
import time

from support import disk, figures, server
from support.figures import Figure, ms

BATCHES, ROUNDS = 20, 3


def rows(number):
    """What a campaign sends: a number, a name and two words of its own for each call."""
    return [
        {
            "phoneNumber": f"+1500{number:03}{row:04}", "contactName": f"Contact {row}",
            "metadata": {"row": row, "segment": "spring"},
        }
        for row in range(1000)
    ]


def through_server(path, key):
    """Seconds from the first byte of each request to the last one of its answer."""
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    seconds = []
    with server.Server(path) as running, running.client(key) as client:
        agent = server.make_agent(client)
        for number in range(BATCHES):
            body = {"agentId": agent, "calls": rows(number), "defaultScheduledAt": tomorrow.isoformat(timespec="seconds")}
            status, answer, took = client.ask("POST", "/api/v1/calls/batch", body)
            seconds.append(took)
            assert status == 201 and json.loads(answer)["data"]["scheduled"] == 1000, answer
    return seconds


def tables(connection):
    """Those of the database, each with the columns that are stored."""
    names = [name for (name,) in connection.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")]
    return {
        name: ", ".join(f'"{row[1]}"' for row in connection.execute(f"PRAGMA main.table_xinfo({name})") if row[6] == 0)
        for name in names
    }


def by_hand(before, after):
    """Seconds of each commit of a twentieth of the rows that `after` has beyond `before`, into `before`."""
    seconds = []
    with contextlib.closing(sqlite3.connect(before, isolation_level=None)) as connection:
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; ATTACH ':memory:' AS rows")
        connection.execute("ATTACH ? AS after", (after,))
        columns = tables(connection)
        new, verbs = {}, {}
        for name, stored in columns.items():
            connection.execute(
                f"CREATE TABLE rows.{name} AS SELECT {stored} FROM after.{name} EXCEPT SELECT {stored} FROM main.{name}")
            new[name] = connection.execute(f"SELECT count(*) FROM rows.{name}").fetchone()[0]
            was_empty = connection.execute(f"SELECT NOT EXISTS (SELECT 1 FROM main.{name})").fetchone()[0]
            verbs[name] = "INSERT" if was_empty else "INSERT OR REPLACE"
        connection.execute("DETACH after")
        assert new["calls"] == BATCHES * 1000, new
        for name, count in new.items():
            # The agent, and whatever else is no batch's own.
            if count < BATCHES:
                connection.execute(f"{verbs[name]} INTO main.{name} ({columns[name]}) SELECT * FROM rows.{name}")
                new[name] = 0
        for number in range(BATCHES):
            begin = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            # Tables come in the order of their making, calls before the batch that they name.
            connection.execute("PRAGMA defer_foreign_keys = ON")
            for name, count in new.items():
                if count:
                    first, last = (count * part // BATCHES for part in (number, number + 1))
                    connection.execute(
                        f"{verbs[name]} INTO main.{name} ({columns[name]}) SELECT * FROM rows.{name}"
                        " WHERE rowid > ? AND rowid <= ?", (first, last))
            connection.execute("COMMIT")
            seconds.append(time.perf_counter() - begin)
        assert connection.execute("SELECT count(*) FROM calls").fetchone()[0] == BATCHES * 1000
    return seconds


def measure():
    ratios, ours, hands, syncs = [], [], [], []
    with server.folder() as folder:
        for number in range(ROUNDS):
            path, before = (os.path.join(folder, f"batch-{number}{end}.sqlite") for end in ("", "-before"))
            key = server.make_key(path)
            with contextlib.closing(sqlite3.connect(path)) as connection:
                connection.execute("VACUUM INTO ?", (before,))
            request = figures.median(through_server(path, key))
            hand = figures.median(by_hand(before, path))
            syncs.append(disk.sync_median(folder))
            ours.append(request)
            hands.append(hand)
            ratios.append(request / hand)
            figures.note(f"    {ms(request)} a request, {ms(hand)} by hand: {ratios[-1]:.2f} ×")
    ratio, request, hand, sync = (figures.median(values) for values in (ratios, ours, hands, syncs))
    return [
        Figure(
            "a batch of 1,000 by one request: time of a commit of the same rows by hand",
            f"{ratio:.2f} × ({ms(request)} against {ms(hand)})", "≤ 2 ×", ratio <= 2, sync),
    ]


if __name__ == "__main__":
    figures.main(measure)
