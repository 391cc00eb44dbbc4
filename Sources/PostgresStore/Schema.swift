import StoredRows

/// The tables, as migrations that only go forward.
///
/// They have the columns of SQLiteStore's, so that a row means the same in both. Constraints here are the last line of defence
/// behind the rules.
enum Schema {
    struct Migration {
        let name: String
        let statements: String
    }

    /// In order; a version is a place in this list, from 1.
    static let migrations = [
        Migration(name: "calls and stops", statements: first), Migration(name: "nodes", statements: nodes),
        Migration(name: "retention", statements: retention), Migration(name: "retries", statements: retries),
        Migration(name: "batches", statements: batches),
        Migration(name: "call windows", statements: windows), Migration(name: "pacing", statements: pacing),
        Migration(name: "suppressions", statements: suppressions),
        Migration(name: "wider call windows", statements: widerWindows),
        Migration(name: "timed stops", statements: timedStops),
        Migration(name: "breakers", statements: breakers),
        Migration(name: "dials to a number", statements: numberDials),
        Migration(name: "guards of batches", statements: batchGuards),
    ]

    // Ids are compared and sorted byte by byte, as everywhere else, whatever the language of the database.
    private static let first = """
        CREATE TABLE installation (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            id TEXT NOT NULL,
            livekit TEXT
        );

        CREATE TABLE organizations (id TEXT COLLATE "C" PRIMARY KEY);

        CREATE TABLE keys (
            id TEXT COLLATE "C" NOT NULL UNIQUE,
            digest BYTEA PRIMARY KEY CHECK (length(digest) = 32),
            organization TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
            name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('admin', 'operator', 'viewer', 'worker')),
            created BIGINT NOT NULL,
            expires BIGINT,
            revoked BIGINT
        );
        CREATE INDEX keys_of_organization ON keys (organization, created, id);

        CREATE TABLE agents (
            key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id TEXT COLLATE "C" NOT NULL UNIQUE,
            organization TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
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
            created BIGINT NOT NULL,
            updated BIGINT NOT NULL
        );
        CREATE INDEX agents_of_organization ON agents (organization, created, key);

        CREATE TABLE calls (
            key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id TEXT COLLATE "C" NOT NULL UNIQUE,
            organization TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
            agent TEXT COLLATE "C" NOT NULL REFERENCES agents (id),
            phase SMALLINT NOT NULL CHECK (phase BETWEEN 0 AND 5),
            status TEXT COLLATE "C" NOT NULL CHECK (status IN ('initiated', 'connecting', 'ringing', 'active', 'completed',
                'failed', 'cancelled', 'no_answer', 'busy')),
            held BOOLEAN NOT NULL,
            stopped BOOLEAN NOT NULL,
            priority SMALLINT NOT NULL CHECK (priority BETWEEN 0 AND 10),
            due BIGINT NOT NULL,
            phone TEXT COLLATE "C" NOT NULL,
            contact_name TEXT,
            contact_email TEXT,
            caller_id TEXT,
            scheduled BIGINT,
            listed_at BIGINT NOT NULL,
            created BIGINT NOT NULL,
            updated BIGINT NOT NULL,
            answered BIGINT,
            ended BIGINT CHECK ((phase = 5) = (ended IS NOT NULL)),
            failure_reason TEXT,
            outcome TEXT,
            cancelled_key TEXT,
            cancelled_reason TEXT,
            cancelled_at BIGINT,
            carrier_call TEXT,
            metadata TEXT,
            call_metadata TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            events INTEGER NOT NULL DEFAULT 0,
            batch TEXT COLLATE "C"
        ) WITH (fillfactor = 80);
        CREATE INDEX calls_due ON calls (priority, due) WHERE phase = 0 AND NOT held AND NOT stopped;
        CREATE INDEX calls_queue ON calls (organization, priority, due) WHERE phase = 0 AND NOT held AND NOT stopped;
        CREATE INDEX calls_live ON calls (phase) WHERE phase BETWEEN 1 AND 4;
        CREATE INDEX calls_waiting_of_agent ON calls (agent) WHERE phase < 5;
        CREATE INDEX calls_stopped ON calls (organization, key) WHERE phase = 0 AND stopped;
        CREATE INDEX calls_open ON calls (organization, key) WHERE phase < 5;
        CREATE INDEX calls_newest ON calls (organization, created, key);
        CREATE INDEX calls_by_status ON calls (organization, status, created, key);
        CREATE INDEX calls_by_agent ON calls (organization, agent, created, key);
        CREATE INDEX calls_by_agent_status ON calls (organization, agent, status, created, key);
        CREATE INDEX calls_by_schedule ON calls (organization, listed_at, key);
        CREATE INDEX calls_by_batch ON calls (organization, batch, created, key) WHERE batch IS NOT NULL;

        CREATE TABLE attempts (
            call BIGINT NOT NULL REFERENCES calls (key),
            number INTEGER NOT NULL CHECK (number > 0),
            room TEXT COLLATE "C" NOT NULL UNIQUE,
            status TEXT NOT NULL,
            dial SMALLINT NOT NULL CHECK (dial BETWEEN 0 AND 3),
            sent BIGINT CHECK ((dial = 0) = (sent IS NULL)),
            deadline BIGINT CHECK ((dial IN (1, 2)) = (deadline IS NOT NULL)),
            started BIGINT NOT NULL,
            ringing BIGINT,
            answered BIGINT,
            ended BIGINT,
            sip_status INTEGER,
            failure_reason TEXT,
            room_id TEXT,
            dispatch_id TEXT,
            job_id TEXT,
            participant_id TEXT,
            sip_call_id TEXT,
            carrier_call TEXT,
            departure TEXT,
            departure_answered BOOLEAN,
            agent_gone BIGINT,
            PRIMARY KEY (call, number)
        );
        CREATE UNIQUE INDEX attempts_under_way ON attempts (call) WHERE ended IS NULL;
        CREATE INDEX attempts_without_agent ON attempts (agent_gone) WHERE agent_gone IS NOT NULL;

        -- `ready` is backoff and lease end in one column, `fence` counts the holders.
        CREATE TABLE dials (
            room TEXT COLLATE "C" PRIMARY KEY,
            call BIGINT NOT NULL REFERENCES calls (key),
            ready BIGINT NOT NULL,
            fence BIGINT NOT NULL
        );
        CREATE INDEX dials_ready ON dials (ready);

        CREATE TABLE terminations (
            room TEXT COLLATE "C" PRIMARY KEY,
            call BIGINT REFERENCES calls (key),
            state TEXT NOT NULL CHECK (state IN ('pending', 'verified', 'stuck')),
            requested BIGINT NOT NULL,
            verified BIGINT CHECK ((state = 'verified') = (verified IS NOT NULL)),
            tries INTEGER NOT NULL,
            last_error TEXT,
            ready BIGINT NOT NULL,
            fence BIGINT NOT NULL,
            armed BIGINT NOT NULL
        );
        CREATE INDEX terminations_ready ON terminations (ready) WHERE state <> 'verified';
        CREATE INDEX terminations_pending ON terminations (requested) WHERE state = 'pending';

        CREATE TABLE events (
            call BIGINT NOT NULL REFERENCES calls (key),
            sequence INTEGER NOT NULL,
            at BIGINT NOT NULL,
            what TEXT NOT NULL,
            PRIMARY KEY (call, sequence)
        );

        -- Carried out chunk by chunk: `cursor` is how far, `horizon` where its calls end. At stage 0 the live calls are hung up, whose
        -- phones cannot wait; at stage 1 all are come to, in the order of their keys (or of the list of ids).
        CREATE TABLE operations (
            id TEXT COLLATE "C" PRIMARY KEY,
            organization TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
            kind TEXT NOT NULL CHECK (kind IN ('cancel', 'stop', 'release')),
            live TEXT NOT NULL CHECK (live IN ('hangup', 'leave')),
            queue TEXT NOT NULL CHECK (queue IN ('cancel', 'hold')),
            reason TEXT,
            key TEXT NOT NULL,
            request TEXT,
            address TEXT,
            requested BIGINT NOT NULL,
            stage SMALLINT NOT NULL CHECK (stage IN (0, 1)),
            cursor BIGINT NOT NULL,
            horizon BIGINT NOT NULL,
            matched INTEGER NOT NULL DEFAULT 0,
            cancelled INTEGER NOT NULL DEFAULT 0,
            not_cancellable INTEGER NOT NULL DEFAULT 0,
            held INTEGER NOT NULL DEFAULT 0,
            done BIGINT
        );
        CREATE INDEX operations_open ON operations (requested) WHERE done IS NULL;

        -- Beside the operation, a long list in blocks: ten thousand ids are written once, and no chunk reads them all.
        CREATE TABLE operation_targets (
            operation TEXT COLLATE "C" NOT NULL REFERENCES operations (id),
            block INTEGER NOT NULL,
            is_list BOOLEAN NOT NULL,
            target TEXT NOT NULL,
            PRIMARY KEY (operation, block)
        );

        CREATE TABLE operation_results (
            operation TEXT COLLATE "C" NOT NULL REFERENCES operations (id),
            position INTEGER NOT NULL,
            call TEXT NOT NULL,
            outcome TEXT NOT NULL,
            status TEXT,
            room TEXT COLLATE "C",
            PRIMARY KEY (operation, position)
        );
        CREATE INDEX operation_rooms ON operation_results (operation, room) WHERE room IS NOT NULL;

        CREATE TABLE stops (
            id TEXT COLLATE "C" PRIMARY KEY,
            organization TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
            scope TEXT NOT NULL CHECK (scope IN ('all', 'agent', 'batch', 'phone')),
            value TEXT COLLATE "C" CHECK ((scope = 'all') = (value IS NULL)),
            live TEXT NOT NULL CHECK (live IN ('hangup', 'leave')),
            queue TEXT NOT NULL CHECK (queue IN ('cancel', 'hold')),
            reason TEXT,
            key TEXT NOT NULL,
            at BIGINT NOT NULL,
            operation TEXT COLLATE "C" NOT NULL REFERENCES operations (id),
            released BIGINT,
            released_key TEXT CHECK ((released IS NULL) = (released_key IS NULL)),
            released_reason TEXT
        );
        -- A call asks for what may cover it by four values: '' (all), its agent, its batch and its number.
        CREATE INDEX stops_in_force ON stops (organization, coalesce(value, '')) WHERE released IS NULL;
        CREATE INDEX stops_newest ON stops (organization, at, id);

        CREATE TABLE audit (
            organization TEXT COLLATE "C" NOT NULL,
            sequence BIGINT NOT NULL CHECK (sequence > 0),
            hash BYTEA NOT NULL CHECK (length(hash) = 32),
            at BIGINT NOT NULL,
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
        );
        -- The last entry of each chain: who writes the next one holds this row.
        CREATE TABLE audit_ends (
            organization TEXT COLLATE "C" PRIMARY KEY,
            sequence BIGINT NOT NULL,
            hash BYTEA NOT NULL CHECK (length(hash) = 32)
        ) WITH (fillfactor = 50);

        -- What one node does for all, and until when it has said that it does.
        CREATE TABLE duties (
            name TEXT COLLATE "C" PRIMARY KEY,
            node TEXT NOT NULL,
            until BIGINT NOT NULL
        );

        -- Attempts that all nodes have admitted in the last second, so that no second begins more of them than may.
        CREATE TABLE starts (
            at BIGINT NOT NULL,
            count INTEGER NOT NULL
        );

        -- The first answers to requests that their clients may repeat.
        CREATE TABLE answers (
            key TEXT COLLATE "C" NOT NULL,
            method TEXT COLLATE "C" NOT NULL,
            path TEXT COLLATE "C" NOT NULL,
            word TEXT COLLATE "C" NOT NULL,
            digest BYTEA NOT NULL CHECK (length(digest) = 32),
            status INTEGER NOT NULL,
            body BYTEA NOT NULL,
            expires BIGINT NOT NULL,
            PRIMARY KEY (key, method, path, word)
        );
        CREATE INDEX answers_expiring ON answers (expires)
        """
}
