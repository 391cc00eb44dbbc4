package import CallControl
package import CallCore
import StoredRows

/// Brings a database to this program's schema, and tells how far it is.
package struct Migrator {
    /// What a database is, seen from this program.
    package enum Standing: Sendable, Equatable {
        case empty
        case current
        /// Current, and a copy into it has begun and not ended.
        case unfinishedCopy
        /// Made by an older one; `migrate` brings it up.
        case behind(version: Int)
        /// Made by a newer one: this program would not know what its rows mean.
        case ahead(version: Int)
    }

    /// The version of the schema that this program speaks.
    package static var version: Int { Schema.migrations.count }

    private let connection: Connection

    package init(_ url: String) throws(StoreFailure) {
        do {
            connection = try Connection(url)
        } catch {
            throw error.forCaller
        }
    }

    package func standing() throws(StoreFailure) -> Standing {
        let isThere = try run([Statement("SELECT to_regclass('schema_versions') IS NOT NULL")]).first
        guard isThere?.first?.flag(0) == true else { return .empty }
        let version = Int(
            try run([Statement("SELECT coalesce(max(version), 0) FROM schema_versions")]).first?.first?.number(0) ?? 0)
        if version == 0 { return .empty }
        if version == Self.version {
            let mark = try run([Statement("SELECT to_regclass('\(CopyTarget.mark)') IS NOT NULL")]).first
            return mark?.first?.flag(0) == true ? .unfinishedCopy : .current
        }
        return version < Self.version ? .behind(version: version) : .ahead(version: version)
    }

    /// Does what is missing, each migration in a transaction of its own; returns the names of those that it did.
    ///
    /// Safe beside running nodes of the version before, and beside another one that does the same.
    ///
    /// - Parameter installation: the id that a new database is given, for the names of its rooms.
    package func migrate(at now: Moment, installation: String) throws(StoreFailure) -> [String] {
        var done: [String] = []
        for (index, migration) in Schema.migrations.enumerated() {
            let version = index + 1
            try run([Statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"), Statement(AdvisoryLock.migration)])
            try run([
                Statement(
                    """
                    CREATE TABLE IF NOT EXISTS schema_versions \
                    (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at BIGINT NOT NULL)
                    """)
            ])
            try refuseOthers()
            let known = try run([Statement("SELECT 1 FROM schema_versions WHERE version = $1", [version])])
            guard known.first?.isEmpty == true else {
                try run([Statement("COMMIT")])
                continue
            }
            let statements = Self.split(migration.statements).map { Statement($0) }
            try run(
                statements + [
                    Statement(
                        "INSERT INTO schema_versions (version, name, at) VALUES ($1, $2, $3)",
                        [version, migration.name, now]), Statement("COMMIT"),
                ])
            done.append(migration.name)
        }
        try run([
            Statement("INSERT INTO installation (one, id) VALUES (1, $1) ON CONFLICT DO NOTHING", [installation])
        ])
        return done
    }

    /// Throws for a database that is newer than this program, or not UTF8; then the transaction is ended, too.
    private func refuseOthers() throws(StoreFailure) {
        let seen = try run([
            Statement("SELECT coalesce(max(version), 0) FROM schema_versions"), Statement("SHOW server_encoding"),
        ])
        let there = Int(seen[0].first?.number(0) ?? 0)
        let encoding = seen[1].first?.text(0) ?? ""
        if there <= Self.version, encoding == "UTF8" { return }
        try run([Statement("ROLLBACK")])
        throw .conflict(
            there > Self.version
                ? "the database has schema \(there), and this program knows none beyond \(Self.version)"
                : "the database is encoded in \(encoding): it must be UTF8")
    }

    /// A pipeline takes one statement at a time; outside of comments, ours hold no `;` but at their ends.
    private static func split(_ statements: String) -> [String] {
        statements.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("--") }.joined(separator: "\n")
            .split(separator: ";").map(String.init)
    }

    @discardableResult
    private func run(_ statements: [Statement]) throws(StoreFailure) -> [Rows] {
        do {
            return try connection.pipeline(statements).map { (answer) throws(StatementFailure) in try answer.get() }
        } catch {
            _ = try? connection.pipeline([Statement("ROLLBACK")])
            throw error.forCaller
        }
    }
}
