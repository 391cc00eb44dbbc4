"""Calls that are in a PostgreSQL already, written by SQL into a database that the server has made."""

import time

AGENT = "00000000-0000-4000-8000-{:012d}"


def identity(number):
    """The id of the call with this number, as SQL makes it too."""
    return f"call_{number:024d}"


def insert_agents(postgres, database, organization, agents):
    now = int(time.time() * 1000)
    values = ", ".join(
        f"('{AGENT.format(number)}', '{organization}', 'Stored {number}', 'active', '+15005550100', 30, 3600, {now}, {now})"
        for number in agents)
    postgres.run(
        "INSERT INTO agents (id, organization, name, status, phone_numbers, ringing_timeout, max_call_duration, created, updated)"
        f" VALUES {values}", database)


def insert_waiting(postgres, database, count, organizations):
    """So many calls that are due tomorrow, dealt out to the organizations in turns; each of these has one agent."""
    for number, organization in enumerate(organizations):
        insert_agents(postgres, database, organization, [number])
    names = "ARRAY[" + ", ".join(f"'{name}'" for name in organizations) + "]"
    now, many = int(time.time() * 1000), len(organizations)
    postgres.run(f"""
        INSERT INTO calls (id, organization, agent, phase, status, held, stopped, priority, due, phone, listed_at, created, updated,
            scheduled, attempts, events)
        SELECT 'call_' || lpad(n::text, 24, '0'), ({names})[n % {many} + 1],
            '00000000-0000-4000-8000-' || lpad((n % {many})::text, 12, '0'), 0, 'initiated', false, false, 5,
            {now} + 86400000 + n, '+1500555' || lpad((n % 10000)::text, 4, '0'), {now} + 86400000 + n, {now} - {count} + n,
            {now} - {count} + n, {now} + 86400000 + n, 0, 1
        FROM generate_series(1, {count}) n;
        INSERT INTO events (call, sequence, at, what) SELECT key, 1, created, 'call.created' FROM calls;
        VACUUM ANALYZE""", database)


ACTIVE = 500

# Every nth call is active, spread over the whole time; of each 100 others 2 wait for tomorrow, 70 were completed, and the rest ended
# in another way. The agent does not depend on the status.
_MADE = """
    SELECT n, n / 100 % 5 AS agent, CASE WHEN n % {every} = 0 THEN 'active' WHEN n * 37 % 100 < 2 THEN 'initiated'
        WHEN n * 37 % 100 < 72 THEN 'completed' WHEN n * 37 % 100 < 82 THEN 'no_answer' WHEN n * 37 % 100 < 88 THEN 'busy'
        WHEN n * 37 % 100 < 93 THEN 'failed' ELSE 'cancelled' END AS status, {now} - ({count} - n + 1) * {step}::bigint AS at
    FROM generate_series({first}::bigint, {last}) n
"""


def insert_history(postgres, database, count, organization="bench"):
    """So many calls of the last 90 days, ACTIVE of them active and with an attempt each; returns the seconds that it took.

    Indexes that are no constraint are made anew behind them, which is quicker than with each row.
    """
    start = time.monotonic()
    insert_agents(postgres, database, organization, range(5))
    indexes = [row[0] for row in postgres.run(
        "SELECT replace(indexdef, E'\\n', ' ') FROM pg_indexes WHERE tablename = 'calls' AND indexname NOT IN"
        " (SELECT conname FROM pg_constraint)", database)]
    names = [row[0] for row in postgres.run(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'calls' AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        database)]
    postgres.run("DROP INDEX " + ", ".join(names), database)
    now, chunk = int(time.time() * 1000), 1_000_000
    # Foreign keys hold by themselves here.
    quick = "SET session_replication_role = replica; SET synchronous_commit = off;"
    for first in range(1, count + 1, chunk):
        made = _MADE.format(
            every=count // ACTIVE, now=now, count=count, step=90 * 86_400_000 // count, first=first,
            last=min(first + chunk - 1, count))
        postgres.run(f"""
            {quick}
            INSERT INTO calls (id, organization, agent, phase, status, held, stopped, priority, due, phone, contact_name, listed_at,
                created, updated, answered, ended, failure_reason, attempts, events)
            SELECT 'call_' || lpad(n::text, 24, '0'), '{organization}', '00000000-0000-4000-8000-' || lpad(agent::text, 12, '0'),
                CASE status WHEN 'active' THEN 4 WHEN 'initiated' THEN 0 ELSE 5 END, status, false, false, 5,
                CASE status WHEN 'initiated' THEN {now} + 86400000 + n ELSE at END,
                '+1500' || lpad((n * 7919 % 10000000)::text, 7, '0'), 'Contact ' || n, at, at, at + 60000,
                CASE WHEN status IN ('active', 'completed') THEN at + 9000 END,
                CASE WHEN status NOT IN ('active', 'initiated') THEN at + 60000 END,
                CASE status WHEN 'failed' THEN 'trunk_failed' END, (status <> 'initiated')::int, 1
            FROM ({made}) made""", database)
    postgres.run(f"""
        {quick} SET maintenance_work_mem = '1GB';
        INSERT INTO attempts (call, number, room, status, dial, sent, started, ringing, answered)
        SELECT key, 1, 'sb-' || (SELECT id FROM installation) || '-' || id || '-1', status, 3, created, created, created + 3000, answered
        FROM calls WHERE phase = 4;
        {"; ".join(indexes)};
        VACUUM ANALYZE; CHECKPOINT""", database)
    return time.monotonic() - start


def live_rooms(postgres, database):
    """The rooms in which the phones of the active calls are."""
    return [row[0] for row in postgres.run("SELECT room FROM attempts", database)]
