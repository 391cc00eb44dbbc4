#!/usr/bin/env python3
"""Pages of `GET /calls?agentId=…&status=completed` on PostgreSQL over 100,000 and over 10,000,000 stored calls: the first, and any.

And how much memory the server holds over both.
"""

import base64
import hashlib
import random
import shutil
import time

from support import disk, figures, postgres, postgres_calls, server
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

SMALL, LARGE = 100_000, 10_000_000
PAGES, ROUNDS = 1000, 3
SPACE = 14_000_000_000
PATH = f"/api/v1/calls?agentId={postgres_calls.AGENT.format(3)}&status=completed"


def cursor(created, key, organization="bench"):
    """As the server writes it: the place behind a call, newest first."""
    place = bytes([1, 0]) + created.to_bytes(8, "big") + key.to_bytes(8, "big")
    check = hashlib.sha256(place + organization.encode()).digest()[:6]
    return base64.urlsafe_b64encode(place + check).decode()


def places(db, database, count):
    """Cursors behind calls of this list, drawn evenly over all of it."""
    chance = random.Random(count)
    keys = ", ".join(str(chance.randrange(1, count + 1)) for _ in range(PAGES * 10))
    rows = db.run(
        f"SELECT created, key FROM calls WHERE key IN ({keys}) AND agent = '{postgres_calls.AGENT.format(3)}'"
        " AND status = 'completed'", database)
    chance.shuffle(rows)
    assert len(rows) >= PAGES, f"only {len(rows)} places were found"
    return [cursor(int(created), int(key)) for created, key in rows[:PAGES]]


def ask(client, path):
    status, body, seconds = client.ask("GET", path)
    assert status == 200, body
    return seconds


def first(client, _):
    return ask(client, PATH)


def anywhere(client, place):
    return ask(client, f"{PATH}&cursor={place}")


def compare(name, page, few, many, sync):
    """`few` and `many`: a client and its places. Both are asked in turns."""
    rounds = []
    for _ in range(ROUNDS):
        times = [(page(few[0], one), page(many[0], other)) for one, other in zip(few[1], many[1])]
        rounds.append(tuple(figures.percentile(values, 0.99) for values in zip(*times)))
        figures.note(f"    {name}: p99 {ms(rounds[-1][0])} over {SMALL:,}, {ms(rounds[-1][1])} over {LARGE:,}")
    small, large = (figures.median(values) for values in zip(*rounds))
    ratio = figures.median([large / small for small, large in rounds])
    return Figure(
        f"PostgreSQL: GET /calls by agent and status, {name}, p99, {LARGE:,} calls against {SMALL:,}",
        f"{ratio:.2f} times ({ms(large)} against {ms(small)})", "≤ 1.5 times", ratio <= 1.5, sync)


def check(client, places):
    """Pages are what they say: newest first, whole, and each begins behind its cursor."""
    for place in places[:20]:
        page = client.get(f"{PATH}&cursor={place}")["data"]
        created = [call["createdAt"] for call in page["calls"]]
        after = base64.urlsafe_b64decode(place)
        assert created == sorted(created, reverse=True) and len(created) <= 50
        assert all(call["status"] == "completed" for call in page["calls"])
        if page["pagination"]["hasMore"]:
            assert len(created) == 50
            following = base64.urlsafe_b64decode(page["pagination"]["nextCursor"])
            assert following[2:10] < after[2:10], "the next page is not behind this one"


def memory(running):
    samples = []
    for _ in range(10):
        samples.append(running.memory())
        time.sleep(0.5)
    return max(samples)


def measure():
    with postgres.folder() as folder:
        free = shutil.disk_usage(folder).free
        assert free > SPACE, f"the stored calls need {SPACE / 1e9:.0f} GB in {folder}, and {free / 1e9:.1f} GB are free"
        # For the loading; nothing of it speeds up a page.
        with postgres.Postgres(folder, max_wal_size="8GB", wal_level="minimal", max_wal_senders="0") as db:
            return measure_on(db, folder)


def measure_on(db, folder):
    (few, few_key), (many, many_key) = ((url, server.make_key(url)) for url in (db.new_database("few"), db.new_database("many")))
    postgres_calls.insert_history(db, "few", SMALL)
    took = postgres_calls.insert_history(db, "many", LARGE)
    size = db.number("SELECT pg_database_size('many')")
    figures.note(f"    {LARGE:,} calls are stored after {took:.0f} s, {size / 1e9:.1f} GB")
    rooms = postgres_calls.live_rooms(db, "few") + postgres_calls.live_rooms(db, "many")
    with (
        LiveKitStub(rooms=rooms) as stub,
        server.Server(few, livekit=stub.url, log=f"{folder}/few.log") as small,
        server.Server(many, livekit=stub.url, log=f"{folder}/many.log") as large,
        small.client(few_key) as of_few, large.client(many_key) as of_many,
    ):
        shelves = [(of_few, places(db, "few", SMALL)), (of_many, places(db, "many", LARGE))]
        for client, cursors in shelves:
            total = client.get("/api/v1/calls?status=active&limit=1")["data"]["pagination"]["total"]
            assert total == postgres_calls.ACTIVE, f"{total} calls are active"
            check(client, cursors)
        sync = disk.sync_median(folder)
        # Once over all of them, so that neither is read from the disk for the first time.
        for client, cursors in shelves:
            for place in cursors:
                anywhere(client, place)
        result = [
            compare("first page", first, *shelves, sync), compare("any page by cursor", anywhere, *shelves, sync)]
        (little, little_own), (much, much_own) = memory(small), memory(large)
    growth = much / little
    result.append(Figure(
        f"PostgreSQL: serve, resident after these lists, {LARGE:,} stored calls against {SMALL:,}",
        f"{growth:.2f} times ({much:.0f} MB, {much_own:.0f} its own, against {little:.0f} MB, {little_own:.0f} its own)",
        "≤ 1.1 times", growth <= 1.1))
    return result


if __name__ == "__main__":
    figures.main(measure)
