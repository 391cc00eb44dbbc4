#!/usr/bin/env python3
"""How many waiting calls a second are cancelled over 16 connections on PostgreSQL, beside the same statements run by hand.

By hand: `pgbench`, prepared, 16 clients, each statement sent when the one before it is answered. Once with all calls in one
organization, whose audit log is one chain, and once in sixteen, where nobody waits for another's chain.
"""

import json
import subprocess

from support import disk, figures, native, postgres, postgres_calls, server
from support.figures import Figure, ms
from support.livekit_stub import LiveKitStub

CALLS, CONNECTIONS, ROUNDS = 10_000, 16, 3
# A step through all numbers that comes to each of them once, in no order.
STEP = 7919

# What PostgresStore sends for one: the key, then the transaction. :n numbers the call, :o its organization.
BY_HAND = r"""
\set i :i + 1
\set n (:i * 16 + :client_id) * 7919 % :calls + 1
\set o :n % :organizations
SELECT id, organization, name, role, created, expires, revoked FROM keys WHERE digest = sha256(('org' || :o)::bytea);
BEGIN;
SELECT pg_advisory_xact_lock_shared(7350002, hashtext(organization)) FROM calls WHERE id = 'call_' || lpad((:n)::text, 24, '0') AND phase <= 1;
SELECT key, id, organization, agent, phase, status, held, priority, due, phone, contact_name, contact_email, caller_id, scheduled, created, updated, ended, failure_reason, outcome, cancelled_key, cancelled_reason, cancelled_at, metadata, call_metadata, attempts, events + 1 AS events, batch, stopped FROM calls WHERE id = 'call_' || lpad((:n)::text, 24, '0') FOR NO KEY UPDATE \gset
SELECT id FROM stops WHERE organization = 'org' || :o AND released IS NULL AND coalesce(value, '') IN ('', :agent, '', :phone) ORDER BY at, id LIMIT 1;
UPDATE calls SET phase = 5, status = 'cancelled', due = :due, updated = :now, answered = NULL, ended = :now, failure_reason = NULL, outcome = NULL, cancelled_key = 'key_1', cancelled_reason = NULL, cancelled_at = :now, carrier_call = NULL, attempts = 0, events = :events WHERE key = :key;
INSERT INTO events (call, sequence, at, what) VALUES (:key, :events, :now, 'call.cancelled');
INSERT INTO audit_ends (organization, sequence, hash) VALUES ('org' || :o, 0, '\x0000000000000000000000000000000000000000000000000000000000000000') ON CONFLICT DO NOTHING;
SELECT sequence + 1 AS sequence FROM audit_ends WHERE organization = 'org' || :o FOR UPDATE \gset
INSERT INTO audit (organization, sequence, hash, at, actor, action, subject, reason, request, address, before, after, detail) VALUES ('org' || :o, :sequence, '\x0000000000000000000000000000000000000000000000000000000000000000', :now, 'key_1', 'call.cancel', 'call_' || lpad((:n)::text, 24, '0'), NULL, 'req_0123456789', '127.0.0.1', '{"status":"initiated"}', '{"status":"cancelled"}', NULL);
UPDATE audit_ends SET sequence = :sequence, hash = '\x0000000000000000000000000000000000000000000000000000000000000000' WHERE organization = 'org' || :o;
COMMIT;
"""


def cancelled(db, database):
    """How many calls are, each with its event and its entry."""
    return db.number(
        "SELECT count(*) FROM calls c JOIN events e ON e.call = c.key AND e.sequence = 2 JOIN audit a ON a.subject = c.id"
        " WHERE c.status = 'cancelled'", database)


def by_hand(db, many):
    db.new_database("run", "waiting")
    rate = db.bench(
        BY_HAND, "run", CONNECTIONS, transactions=CALLS // CONNECTIONS, i=-1, calls=CALLS, organizations=many, now=1_772_366_400_000)
    assert cancelled(db, "run") == CALLS, "not all were cancelled by hand"
    return rate


def through_server(db, folder, stub, keys):
    url = db.new_database("run", "waiting")
    path = f"{folder}/requests"
    with open(path, "w", encoding="ascii") as file:
        for place in range(CALLS):
            number = place * STEP % CALLS + 1
            file.write(f"{number % len(keys)} DELETE /api/v1/calls/{postgres_calls.identity(number)}\n")
    load = native.compiled("http_load", folder)
    with server.Server(url, livekit=stub.url, log=f"{folder}/log") as running:
        before = running.cpu_seconds()
        command = [load, running.port, ",".join(keys), str(CONNECTIONS), path]
        done = subprocess.run(command, check=True, capture_output=True, timeout=120)
        result = json.loads(done.stdout)
        result["server_cpu"] = running.cpu_seconds() - before
    assert result["ok"] == CALLS == cancelled(db, "run"), f"not all were cancelled: {result}"
    return result


def compare(db, folder, stub, many):
    names = [f"org{number}" for number in range(many)]
    url = db.new_database("waiting")
    keys = [server.make_key(url, name) for name in names]
    db.run(f"""
        INSERT INTO keys (id, digest, organization, name, role, created)
        SELECT 'key_' || o, sha256(('org' || o)::bytea), 'org' || o, 'by hand', 'operator', 0 FROM generate_series(0, {many} - 1) o""",
        "waiting")
    postgres_calls.insert_waiting(db, "waiting", CALLS, names)
    rounds = []
    for _ in range(ROUNDS):
        before = disk.sync_median(folder)
        hand = by_hand(db, many)
        ours = through_server(db, folder, stub, keys)
        sync = figures.median([before, disk.sync_median(folder)])
        rate = CALLS / ours["seconds"]
        rounds.append((rate / hand, rate, hand, ours["p99"], sync))
        figures.note(
            f"    {many} organizations: {rate:.0f}/s against {hand:.0f}/s by hand: {rate / hand:.2f}; p50 {ms(ours['p50'])}, p99"
            f" {ms(ours['p99'])}; processor {ours['server_cpu'] / CALLS * 1e6:.0f} µs a call in the server,"
            f" {ours['cpu'] / CALLS * 1e6:.0f} in the client")
    ratio, rate, hand, p99, sync = (figures.median(values) for values in zip(*rounds))
    where = "one organization" if many == 1 else f"{many} organizations"
    return Figure(
        f"PostgreSQL: DELETE of waiting calls of {where}, 16 connections, against pgbench",
        f"{ratio:.2f} times ({rate:.0f}/s against {hand:.0f}/s; p99 {ms(p99)})", "≥ 0.7 times", ratio >= 0.7, sync)


def measure():
    with postgres.folder() as folder, postgres.Postgres(folder) as db, LiveKitStub() as stub:
        return [compare(db, folder, stub, 1), compare(db, folder, stub, 16)]


if __name__ == "__main__":
    figures.main(measure)
