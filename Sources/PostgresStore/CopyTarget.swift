package import CallControl
import CallCore
package import StoredRows

/// A PostgreSQL that another installation moves into, over one connection that is confined to its thread.
///
/// From `begin` to `finish` a table marks it, and no server starts on it.
package final class CopyTarget {
    static let mark = "unfinished_copy"
    /// What SQLite has no table for: the ends of the chains are made here, and the rest is of nodes that run.
    private static let ownTables: Set<String> = [
        "audit_ends", "duties", "starts", "start_logs", "nodes", "schema_versions", mark,
    ]

    /// Of the schema that the address names: a database may hold several.
    private static let lock = "7350003, hashtext(current_schema())"

    private struct Column {
        let name: String
        let type: String
    }

    private let connection: Connection
    private var columns: [String: [Column]] = [:]

    /// - Parameter url: of a database that `Migrator` has made current.
    package init(_ url: String) throws(StoreFailure) {
        do throws(StatementFailure) {
            // Flushed with the last commit of `finish`, which waits for the disk.
            connection = try Connection(
                url,
                settings: [("statement_timeout", "0"), ("synchronous_commit", "off")])
            let found = try connection.rows(
                """
                SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c \
                JOIN information_schema.tables t USING (table_schema, table_name) \
                WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY c.ordinal_position
                """)
            for row in found { columns[row.text(0), default: []].append(Column(name: row.text(1), type: row.text(2))) }
        } catch {
            throw error.forCaller
        }
    }

    /// Marks it and empties what a copy that did not end has left.
    ///
    /// - Parameters:
    ///   - tables: those that are going to come.
    ///   - token: of this copy and no other one.
    package func begin(_ tables: [StoredTable], token: String, restart: Bool) throws(StoreFailure) {
        try failing { () throws(StatementFailure) in
            let lock = try connection.rows("SELECT pg_try_advisory_lock(\(Self.lock))")
            guard lock.first?.flag(0) == true else {
                throw .refused(code: "in use", "another copy into it is under way")
            }
            try compare(tables)
            let isMarked = columns[Self.mark] != nil
            if let used = try useByServers() { throw .refused(code: "in use", used) }
            if isMarked, !restart {
                throw .refused(code: "not empty", "a copy into it has not ended: --restart empties it and begins again")
            }
            if !isMarked {
                for table in columns.keys.sorted() where table != "schema_versions" && table != "installation" {
                    let row = try connection.rows("SELECT EXISTS (SELECT 1 FROM \"\(table)\")").first
                    if row?.flag(0) == true {
                        throw .refused(
                            code: "not empty",
                            "\(table) has rows: a copy goes into an empty database, and never over another installation"
                        )
                    }
                }
                try connection.rows("CREATE TABLE \(Self.mark) (token TEXT NOT NULL)")
            }
            try connection.rows("DELETE FROM \(Self.mark)")
            try connection.rows("INSERT INTO \(Self.mark) (token) VALUES ($1)", [token])
            let all = (tables.map(\.name) + ["audit_ends"]).map { "\"\($0)\"" }.joined(separator: ", ")
            try connection.rows("TRUNCATE \(all)")
        }
    }

    /// Room for rows of a table.
    package func text(for table: StoredTable) -> CopyText {
        let types = Dictionary((columns[table.name] ?? []).map { ($0.name, $0.type) }) { first, _ in first }
        return CopyText(flags: table.columns.names.map { types[$0] == "boolean" })
    }

    package func write(_ text: [UInt8], to table: StoredTable) throws(StoreFailure) {
        try failing { () throws(StatementFailure) in
            // Keys that rows bring along are kept by COPY, as by OVERRIDING SYSTEM VALUE.
            try connection.copyIn("COPY \"\(table.name)\" (\(table.columns)) FROM STDIN", text)
        }
    }

    /// Hands over each row as `CopyText` has it, in the order of the primary key.
    package func each(of table: StoredTable, _ body: (UnsafeRawBufferPointer) -> Void) throws(StoreFailure) {
        try failing { () throws(StatementFailure) in
            let texts = Set((columns[table.name] ?? []).filter { $0.type == "text" }.map(\.name))
            let order = table.key.names.map { texts.contains($0) ? "\($0) COLLATE \"C\"" : $0 }
            try connection.copyOut(
                """
                COPY (SELECT \(table.columns) FROM \"\(table.name)\" ORDER BY \(order.joined(separator: ", "))) TO STDOUT
                """, body)
        }
    }

    /// Makes what follows from the rows: the ends of the chains, the next keys, what the planner knows.
    package func complete() throws(StoreFailure) {
        try failing { () throws(StatementFailure) in
            try connection.rows(
                """
                INSERT INTO audit_ends (organization, sequence, hash) SELECT DISTINCT ON (organization) \
                organization, sequence, hash FROM audit ORDER BY organization, sequence DESC
                """)
            let counted = try connection.rows(
                """
                SELECT table_name, column_name FROM information_schema.columns \
                WHERE table_schema = current_schema() AND is_identity = 'YES'
                """)
            for row in counted {
                let (table, column) = (row.text(0), row.text(1))
                try connection.rows(
                    """
                    SELECT setval(pg_get_serial_sequence('"\(table)"', '\(column)'), coalesce(max("\(column)"), 1), \
                    max("\(column)") IS NOT NULL) FROM "\(table)"
                    """)
            }
            for table in columns.keys.sorted() { try connection.rows("ANALYZE \"\(table)\"") }
        }
    }

    /// Lets servers in; after the return all of it is on the disk.
    ///
    /// - Parameter token: as it was begun with; another copy may have begun meanwhile.
    package func finish(token: String) throws(StoreFailure) {
        try failing { () throws(StatementFailure) in
            // The connection that copied has just been closed, and the server may not have heard of it yet.
            try connection.rows("SET lock_timeout = '10s'")
            try connection.rows("SELECT pg_advisory_lock(\(Self.lock))")
            let own = try connection.rows("SELECT token = $1 FROM \(Self.mark)", [token])
            guard own.first?.flag(0) == true else { throw .refused(code: "in use", "another copy into it has begun") }
            if let used = try useByServers() { throw .refused(code: "in use", used) }
            try connection.rows("SET synchronous_commit = on")
            try connection.rows("DROP TABLE \(Self.mark)")
        }
    }

    private func compare(_ tables: [StoredTable]) throws(StatementFailure) {
        for table in tables {
            let here = (columns[table.name] ?? []).map(\.name)
            guard here.sorted() == table.columns.names.sorted() else {
                throw .refused(code: "other tables", "\(table.name) has other columns here than in the source")
            }
        }
        let more = Set(columns.keys).subtracting(tables.map(\.name)).subtracting(Self.ownTables)
        guard more.isEmpty else {
            throw .refused(code: "other tables", "the source has no \(more.sorted().joined(separator: ", "))")
        }
    }

    /// Whatever a server writes as soon as it runs.
    private func useByServers() throws(StatementFailure) -> String? {
        let row = try connection.rows(
            """
            SELECT EXISTS (SELECT 1 FROM duties) OR EXISTS (SELECT 1 FROM starts) OR EXISTS (SELECT 1 FROM nodes) \
            OR ($1::boolean AND EXISTS (SELECT 1 FROM installation WHERE livekit IS NOT NULL))
            """, [columns[Self.mark] == nil]
        ).first
        return row?.flag(0) == true ? "a server has used it: it is never emptied here" : nil
    }

    private func failing(_ body: () throws(StatementFailure) -> Void) throws(StoreFailure) {
        do {
            try body()
        } catch {
            throw error.forCaller
        }
    }
}

extension Connection {
    /// One statement, in a transaction of its own.
    @discardableResult
    fileprivate func rows(_ sql: String, _ values: StoredValues = []) throws(StatementFailure) -> Rows {
        guard let answer = try pipeline([Statement(sql, values)]).first else { throw .lost("an answer is missing") }
        return try answer.get()
    }
}
