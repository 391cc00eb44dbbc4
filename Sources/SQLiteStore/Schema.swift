import GRDB
import StoredRows

/// The tables, as migrations that only go forward.
///
/// Constraints here are the last line of defence behind the rules.
enum Schema {
    static func migrate(_ writer: any DatabaseWriter) throws { try migrator.migrate(writer) }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 calls") { db in
            try db.execute(sql: first)
        }
        migrator.registerMigration("2 stops") { db in
            try db.execute(sql: second)
        }
        migrator.registerMigration("3 retention") { db in
            // Without it, the deletion of a call would look through all terminations for some of its own.
            try db.execute(sql: "CREATE INDEX terminations_of_call ON terminations (call)")
        }
        migrator.registerMigration("4 retries") { db in
            // The plan in words, see `StoredRetry`; none for calls of before.
            try db.execute(sql: "ALTER TABLE calls ADD COLUMN retry TEXT")
        }
        migrator.registerMigration("5 batches") { db in
            try db.execute(sql: batches)
        }
        migrator.registerMigration("6 call windows") { db in
            // In words, see `StoredWindow`; none for calls of before.
            try db.execute(sql: "ALTER TABLE calls ADD COLUMN windows TEXT")
        }
        migrator.registerMigration("8 pacing") { db in
            try db.execute(sql: pacing)
        }
        migrator.registerMigration("7 suppressions") { db in
            try db.execute(sql: suppressions)
        }
        migrator.registerMigration("11 wider call windows") { db in
            try db.execute(sql: widerWindows)
        }
        migrator.registerMigration("10 timed stops") { db in
            try db.execute(sql: timedStops)
        }
        migrator.registerMigration("10 breakers") { db in
            try db.execute(sql: breakers)
        }
        migrator.registerMigration("12 guards of batches") { db in
            try db.execute(sql: batchGuards)
        }
        migrator.registerMigration("13 dials to a number") { db in
            try db.execute(sql: numberDials)
        }
        return migrator
    }

    // Those of its call, once more: so that the dials of an organization to a number are found without its calls.
    private static let numberDials = """
        ALTER TABLE attempts ADD COLUMN organization TEXT;
        ALTER TABLE attempts ADD COLUMN phone TEXT;
        UPDATE attempts SET (organization, phone) = (SELECT c.organization, c.phone FROM calls c WHERE c.key = attempts.call);
        CREATE INDEX attempts_to_number ON attempts (organization, phone, started);
        """

    // Windows in words, see `StoredWindow`.
    private static let widerWindows = """
        ALTER TABLE agents ADD COLUMN call_window TEXT;
        ALTER TABLE organizations ADD COLUMN call_window TEXT;
        -- When it was due before it had to wait for the phone of an attempt before.
        ALTER TABLE calls ADD COLUMN due_before INTEGER;

        -- The window of an agent, or of an organization (''), was changed, and its waiting calls up to `horizon` are looked at, chunk by
        -- chunk: those up to `cursor` were.
        CREATE TABLE window_changes (
            organization TEXT NOT NULL REFERENCES organizations (id),
            agent TEXT NOT NULL,
            cursor INTEGER NOT NULL,
            horizon INTEGER NOT NULL,
            PRIMARY KEY (organization, agent)
        ) STRICT, WITHOUT ROWID;
        """

    private static let first = """
        CREATE TABLE installation (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            id TEXT NOT NULL,
            livekit TEXT
        ) STRICT;

        CREATE TABLE organizations (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

        CREATE TABLE keys (
            id TEXT NOT NULL UNIQUE,
            digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
            organization TEXT NOT NULL REFERENCES organizations (id),
            name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('admin', 'operator', 'viewer', 'worker')),
            created INTEGER NOT NULL,
            expires INTEGER,
            revoked INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX keys_of_organization ON keys (organization, created);

        CREATE TABLE agents (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization TEXT NOT NULL REFERENCES organizations (id),
            name TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
            agent_name TEXT,
            instructions TEXT,
            model TEXT,
            config TEXT,
            phone_numbers TEXT NOT NULL,
            trunk TEXT,
            ringing_timeout INTEGER NOT NULL CHECK (ringing_timeout BETWEEN 5 AND 75),
            max_call_duration INTEGER NOT NULL CHECK (max_call_duration BETWEEN 10 AND 14400),
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX agents_of_organization ON agents (organization, created, key);

        CREATE TABLE calls (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            organization TEXT NOT NULL REFERENCES organizations (id),
            agent TEXT NOT NULL REFERENCES agents (id),
            phase INTEGER NOT NULL CHECK (phase BETWEEN 0 AND 5),
            status TEXT NOT NULL CHECK (status IN ('initiated', 'connecting', 'ringing', 'active', 'completed', 'failed',
                'cancelled', 'no_answer', 'busy')),
            held INTEGER NOT NULL CHECK (held IN (0, 1)),
            priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 10),
            due INTEGER NOT NULL,
            phone TEXT NOT NULL,
            contact_name TEXT,
            contact_email TEXT,
            caller_id TEXT,
            scheduled INTEGER,
            listed_at INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            answered INTEGER,
            ended INTEGER CHECK ((phase = 5) = (ended IS NOT NULL)),
            failure_reason TEXT,
            outcome TEXT,
            cancelled_key TEXT,
            cancelled_reason TEXT,
            cancelled_at INTEGER,
            carrier_call TEXT,
            metadata TEXT,
            call_metadata TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            events INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX calls_due ON calls (priority, due) WHERE phase = 0 AND held = 0;
        CREATE INDEX calls_live ON calls (phase) WHERE phase BETWEEN 1 AND 4;
        CREATE INDEX calls_waiting_of_agent ON calls (agent) WHERE phase = 0;
        CREATE INDEX calls_newest ON calls (organization, created);
        CREATE INDEX calls_by_status ON calls (organization, status, created);
        CREATE INDEX calls_by_agent ON calls (organization, agent, created);
        CREATE INDEX calls_by_agent_status ON calls (organization, agent, status, created);
        CREATE INDEX calls_by_schedule ON calls (organization, listed_at);

        CREATE TABLE attempts (
            call INTEGER NOT NULL REFERENCES calls (key),
            number INTEGER NOT NULL CHECK (number > 0),
            room TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL,
            dial INTEGER NOT NULL CHECK (dial BETWEEN 0 AND 3),
            sent INTEGER CHECK ((dial = 0) = (sent IS NULL)),
            deadline INTEGER CHECK ((dial IN (1, 2)) = (deadline IS NOT NULL)),
            started INTEGER NOT NULL,
            ringing INTEGER,
            answered INTEGER,
            ended INTEGER,
            sip_status INTEGER,
            failure_reason TEXT,
            room_id TEXT,
            dispatch_id TEXT,
            job_id TEXT,
            participant_id TEXT,
            sip_call_id TEXT,
            carrier_call TEXT,
            departure TEXT,
            departure_answered INTEGER,
            agent_gone INTEGER,
            PRIMARY KEY (call, number)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX attempts_under_way ON attempts (call) WHERE ended IS NULL;
        CREATE INDEX attempts_without_agent ON attempts (agent_gone) WHERE agent_gone IS NOT NULL;

        -- `ready` is backoff and lease end in one column, `fence` counts the holders.
        CREATE TABLE dials (
            room TEXT NOT NULL PRIMARY KEY,
            call INTEGER NOT NULL REFERENCES calls (key),
            ready INTEGER NOT NULL,
            fence INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX dials_ready ON dials (ready);

        CREATE TABLE terminations (
            room TEXT NOT NULL PRIMARY KEY,
            call INTEGER REFERENCES calls (key),
            state TEXT NOT NULL CHECK (state IN ('pending', 'verified', 'stuck')),
            requested INTEGER NOT NULL,
            verified INTEGER CHECK ((state = 'verified') = (verified IS NOT NULL)),
            tries INTEGER NOT NULL,
            last_error TEXT,
            ready INTEGER NOT NULL,
            fence INTEGER NOT NULL,
            armed INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX terminations_ready ON terminations (ready) WHERE state <> 'verified';

        CREATE TABLE events (
            call INTEGER NOT NULL REFERENCES calls (key),
            sequence INTEGER NOT NULL,
            at INTEGER NOT NULL,
            what TEXT NOT NULL,
            PRIMARY KEY (call, sequence)
        ) STRICT, WITHOUT ROWID;
        """

    // Where its calls stand is asked of the calls: `calls_by_batch`.
    private static let batches = """
        CREATE TABLE batches (
            id TEXT NOT NULL PRIMARY KEY,
            organization TEXT NOT NULL REFERENCES organizations (id),
            agent TEXT NOT NULL REFERENCES agents (id),
            name TEXT,
            created INTEGER NOT NULL,
            key TEXT NOT NULL,
            total INTEGER NOT NULL,
            scheduled INTEGER NOT NULL CHECK (scheduled BETWEEN 1 AND total)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX batches_newest ON batches (organization, created);
        """

    private static let pacing = """
        ALTER TABLE agents ADD COLUMN max_concurrent_calls INTEGER;
        ALTER TABLE agents ADD COLUMN calls_per_1000_s INTEGER;
        ALTER TABLE calls ADD COLUMN queue TEXT GENERATED ALWAYS AS (\(StoredQueue.name)) VIRTUAL;
        -- The first call of each queue is a seek, and so is the next queue.
        CREATE INDEX calls_queues ON calls (queue, priority, due) WHERE phase = 0 AND held = 0 AND stopped = 0;
        DROP INDEX calls_live;
        CREATE INDEX calls_live ON calls (phase, agent) WHERE phase BETWEEN 1 AND 4;

        -- When the next start is due at a gate, in microseconds.
        CREATE TABLE paces (
            gate TEXT NOT NULL PRIMARY KEY,
            next INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    // A suppression is a row of `stops`, so that whoever is about to dial sees it where it looks anyway; what is asked of stops alone
    // must not go through a hundred thousand numbers.
    private static let suppressions = """
        ALTER TABLE stops ADD COLUMN kind TEXT NOT NULL DEFAULT 'stop' CHECK (kind IN ('stop', 'suppression'));
        DROP INDEX stops_newest;
        CREATE INDEX stops_newest ON stops (organization, at) WHERE kind <> 'suppression';
        CREATE INDEX stops_of_organization ON stops (organization, coalesce(value, ''))
            WHERE released IS NULL AND kind <> 'suppression';
        CREATE UNIQUE INDEX suppressions_by_number ON stops (organization, value) WHERE kind = 'suppression';
        CREATE INDEX suppressions_newest ON stops (organization, at, id) WHERE kind = 'suppression';
        CREATE INDEX stops_of_operation ON stops (operation);
        """

    // In words, see `StoredBreaker`.
    private static let breakers = """
        ALTER TABLE agents ADD COLUMN breaker TEXT;
        CREATE INDEX attempts_ended ON attempts (ended, status) WHERE ended IS NOT NULL;
        """

    // In words, see `StoredBreaker` and `StoredBudget`. A pause has a cause; before, only breakers of agents set any.
    private static let batchGuards = """
        ALTER TABLE batches ADD COLUMN breaker TEXT;
        ALTER TABLE batches ADD COLUMN budget TEXT;
        ALTER TABLE stops ADD COLUMN cause TEXT CHECK (cause IN ('breaker', 'budget'));
        UPDATE stops SET cause = 'breaker' WHERE key = 'server' AND kind <> 'suppression';
        CREATE INDEX stops_of_guards ON stops (organization, value, cause, at) WHERE cause IS NOT NULL;
        CREATE UNIQUE INDEX stops_of_batch_guards ON stops (organization, value, cause)
            WHERE cause IS NOT NULL AND scope = 'batch' AND released IS NULL;
        """

    private static let timedStops = """
        ALTER TABLE stops ADD COLUMN until INTEGER;
        CREATE INDEX stops_timed ON stops (until) WHERE released IS NULL AND until IS NOT NULL;
        """

    private static let second = """
        ALTER TABLE calls ADD COLUMN batch TEXT;
        -- A stop holds it. `held` is the inactive agent's mark; either keeps a call out of the index of due ones.
        ALTER TABLE calls ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0 CHECK (stopped IN (0, 1));
        DROP INDEX calls_due;
        CREATE INDEX calls_due ON calls (priority, due) WHERE phase = 0 AND held = 0 AND stopped = 0;
        CREATE INDEX calls_stopped ON calls (organization) WHERE phase = 0 AND stopped = 1;
        CREATE INDEX calls_open ON calls (organization) WHERE phase < 5;
        CREATE INDEX calls_by_batch ON calls (organization, batch, created) WHERE batch IS NOT NULL;

        CREATE INDEX terminations_pending ON terminations (requested) WHERE state = 'pending';

        -- Carried out chunk by chunk: `cursor` is how far, `horizon` where its calls end. At stage 0 the live calls are hung up, whose
        -- phones cannot wait; at stage 1 all are come to, in the order of their keys (or of the list of ids).
        CREATE TABLE operations (
            id TEXT NOT NULL PRIMARY KEY,
            organization TEXT NOT NULL REFERENCES organizations (id),
            kind TEXT NOT NULL CHECK (kind IN ('cancel', 'stop', 'release')),
            live TEXT NOT NULL CHECK (live IN ('hangup', 'leave')),
            queue TEXT NOT NULL CHECK (queue IN ('cancel', 'hold')),
            reason TEXT,
            key TEXT NOT NULL,
            request TEXT,
            address TEXT,
            requested INTEGER NOT NULL,
            stage INTEGER NOT NULL CHECK (stage IN (0, 1)),
            cursor INTEGER NOT NULL,
            horizon INTEGER NOT NULL,
            matched INTEGER NOT NULL DEFAULT 0,
            cancelled INTEGER NOT NULL DEFAULT 0,
            not_cancellable INTEGER NOT NULL DEFAULT 0,
            held INTEGER NOT NULL DEFAULT 0,
            done INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX operations_open ON operations (requested) WHERE done IS NULL;

        -- Beside the operation, a long list in blocks: ten thousand ids are written once, and no chunk reads them all.
        CREATE TABLE operation_targets (
            operation TEXT NOT NULL REFERENCES operations (id),
            block INTEGER NOT NULL,
            is_list INTEGER NOT NULL CHECK (is_list IN (0, 1)),
            target TEXT NOT NULL,
            PRIMARY KEY (operation, block)
        ) STRICT;

        CREATE TABLE operation_results (
            operation TEXT NOT NULL REFERENCES operations (id),
            position INTEGER NOT NULL,
            call TEXT NOT NULL,
            outcome TEXT NOT NULL,
            status TEXT,
            room TEXT,
            PRIMARY KEY (operation, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX operation_rooms ON operation_results (operation, room) WHERE room IS NOT NULL;

        CREATE TABLE stops (
            id TEXT NOT NULL PRIMARY KEY,
            organization TEXT NOT NULL REFERENCES organizations (id),
            scope TEXT NOT NULL CHECK (scope IN ('all', 'agent', 'batch', 'phone')),
            value TEXT CHECK ((scope = 'all') = (value IS NULL)),
            live TEXT NOT NULL CHECK (live IN ('hangup', 'leave')),
            queue TEXT NOT NULL CHECK (queue IN ('cancel', 'hold')),
            reason TEXT,
            key TEXT NOT NULL,
            at INTEGER NOT NULL,
            operation TEXT NOT NULL REFERENCES operations (id),
            released INTEGER,
            released_key TEXT CHECK ((released IS NULL) = (released_key IS NULL)),
            released_reason TEXT
        ) STRICT, WITHOUT ROWID;
        -- A call asks for what may cover it by four values: '' (all), its agent, its batch and its number.
        CREATE INDEX stops_in_force ON stops (organization, coalesce(value, '')) WHERE released IS NULL;
        CREATE INDEX stops_newest ON stops (organization, at);

        CREATE TABLE audit (
            organization TEXT NOT NULL,
            sequence INTEGER NOT NULL CHECK (sequence > 0),
            -- Before the long columns: the next entry needs it, and must not read through a long detail for it.
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            reason TEXT,
            request TEXT,
            address TEXT,
            before TEXT,
            after TEXT,
            detail TEXT,
            PRIMARY KEY (organization, sequence)
        ) STRICT, WITHOUT ROWID;

        -- The first answers to requests that their clients may repeat.
        CREATE TABLE answers (
            key TEXT NOT NULL,
            method TEXT NOT NULL,
            path TEXT NOT NULL,
            word TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            status INTEGER NOT NULL,
            body BLOB NOT NULL,
            expires INTEGER NOT NULL,
            PRIMARY KEY (key, method, path, word)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX answers_expiring ON answers (expires);
        """
}
