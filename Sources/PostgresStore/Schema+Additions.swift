import StoredRows

/// What came to the first tables, in its order.
extension Schema {
    // Who serves, and until when it has said so.
    static let nodes = """
        CREATE TABLE nodes (
            id TEXT COLLATE "C" PRIMARY KEY,
            until BIGINT NOT NULL
        )
        """

    // Without it, the deletion of a call would look through all terminations for some of its own.
    static let retention = "CREATE INDEX terminations_of_call ON terminations (call)"

    // The plan in words, see `StoredRetry`; none for calls of before, and of nodes that do not know it.
    static let retries = "ALTER TABLE calls ADD COLUMN retry TEXT"

    // Where its calls stand is asked of the calls: `calls_by_batch`.
    static let batches = """
        CREATE TABLE batches (
            id TEXT COLLATE "C" PRIMARY KEY,
            organization TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
            agent TEXT COLLATE "C" NOT NULL REFERENCES agents (id),
            name TEXT,
            created BIGINT NOT NULL,
            key TEXT NOT NULL,
            total INTEGER NOT NULL,
            scheduled INTEGER NOT NULL CHECK (scheduled BETWEEN 1 AND total)
        );
        CREATE INDEX batches_newest ON batches (organization, created, id)
        """

    // In words, see `StoredWindow`; none for calls of before. A node that does not know them dials such a call when it is due, which is
    // when its window opens.
    static let windows = "ALTER TABLE calls ADD COLUMN windows TEXT"

    // Nodes that do not know it pace their starts by `starts`, by themselves; they need `calls_due` as well.
    static let pacing = """
        ALTER TABLE agents ADD COLUMN max_concurrent_calls INTEGER;
        ALTER TABLE agents ADD COLUMN calls_per_1000_s BIGINT;
        -- The first call of each queue is a seek, and so is the next queue.
        CREATE INDEX calls_queues ON calls ((\(StoredQueue.name)), priority, due) \
        WHERE phase = 0 AND NOT held AND NOT stopped;
        -- When the next start is due at a gate, in microseconds.
        CREATE TABLE paces (
            gate TEXT COLLATE "C" PRIMARY KEY,
            next BIGINT NOT NULL
        ) WITH (fillfactor = 50);
        -- The dials that have left of late, so that no window sees more of them than may be: milliseconds, oldest first.
        CREATE TABLE start_logs (
            gate TEXT COLLATE "C" PRIMARY KEY,
            starts TEXT NOT NULL
        ) WITH (fillfactor = 50)
        """

    // A suppression is a row of `stops`, so that whoever is about to dial sees it where it looks anyway, nodes that know no suppressions
    // as well; what is asked of stops alone must not go through a hundred thousand numbers.
    static let suppressions = """
        ALTER TABLE stops ADD COLUMN kind TEXT NOT NULL DEFAULT 'stop' CHECK (kind IN ('stop', 'suppression'));
        DROP INDEX stops_newest;
        CREATE INDEX stops_newest ON stops (organization, at, id) WHERE kind <> 'suppression';
        CREATE INDEX stops_of_organization ON stops (organization) WHERE released IS NULL AND kind <> 'suppression';
        CREATE UNIQUE INDEX suppressions_by_number ON stops (organization, value) WHERE kind = 'suppression';
        CREATE INDEX suppressions_newest ON stops (organization, at, id) WHERE kind = 'suppression';
        CREATE INDEX stops_of_operation ON stops (operation)
        """

    // Windows in words, see `StoredWindow`. A node that does not know them dials at all hours.
    static let widerWindows = """
        ALTER TABLE agents ADD COLUMN call_window TEXT;
        ALTER TABLE organizations ADD COLUMN call_window TEXT;
        -- When it was due before it had to wait for the phone of an attempt before.
        ALTER TABLE calls ADD COLUMN due_before BIGINT;

        -- The window of an agent, or of an organization (''), was changed, and its waiting calls up to `horizon` are looked at, chunk by
        -- chunk: those up to `cursor` were.
        CREATE TABLE window_changes (
            organization TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
            agent TEXT COLLATE "C" NOT NULL,
            cursor BIGINT NOT NULL,
            horizon BIGINT NOT NULL,
            PRIMARY KEY (organization, agent)
        )
        """

    static let timedStops = """
        ALTER TABLE stops ADD COLUMN until BIGINT;
        CREATE INDEX stops_timed ON stops (until) WHERE released IS NULL AND until IS NOT NULL
        """

    // In words, see `StoredBreaker`.
    static let breakers = """
        ALTER TABLE agents ADD COLUMN breaker TEXT;
        CREATE INDEX attempts_ended ON attempts (ended) WHERE ended IS NOT NULL
        """

    // The organization and number of its call, once more: so that the dials of an organization to a number are found without its calls.
    // Attempts that are under way while this runs are left out, because somebody writes them now, and so are those of nodes that do
    // not know this: no limit on dials to a number counts them.
    static let numberDials = """
        ALTER TABLE attempts ADD COLUMN organization TEXT COLLATE "C";
        ALTER TABLE attempts ADD COLUMN phone TEXT COLLATE "C";
        UPDATE attempts a SET organization = c.organization, phone = c.phone FROM calls c \
        WHERE c.key = a.call AND a.ended IS NOT NULL AND a.started > (extract(epoch FROM now()) - 31 * 86400) * 1000;
        CREATE INDEX attempts_to_number ON attempts (organization, phone, started)
        """

    // In words, see `StoredBreaker` and `StoredBudget`. A pause has a cause; before, only breakers of agents set any. A node that does not
    // know them keeps to no budget, and pauses no batch.
    static let batchGuards = """
        ALTER TABLE batches ADD COLUMN breaker TEXT;
        ALTER TABLE batches ADD COLUMN budget TEXT;
        ALTER TABLE stops ADD COLUMN cause TEXT CHECK (cause IN ('breaker', 'budget'));
        UPDATE stops SET cause = 'breaker' WHERE key = 'server' AND kind <> 'suppression';
        CREATE INDEX stops_of_guards ON stops (organization, value, cause, at) WHERE cause IS NOT NULL;
        CREATE UNIQUE INDEX stops_of_batch_guards ON stops (organization, value, cause)
            WHERE cause IS NOT NULL AND scope = 'batch' AND released IS NULL
        """
}
