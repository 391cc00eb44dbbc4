import StoredRows

/// A statement that writes a row, and the one that writes all rows of a batch at once.
///
/// To set a statement up costs the server more than to write one row more with it.
struct Insertion: Sendable {
    private let one: String
    private let many: String

    /// - Parameter complete: puts what belongs around the INSERT.
    init(into table: String, _ columns: Columns, complete: (String) -> String = { $0 }) {
        one = complete(Statement.insert(into: table, columns))
        let lists = columns.names.enumerated().map { "$\($0 + 1)::\(Self.type(of: $1))[]" }
        many = complete(
            "INSERT INTO \(table) (\(columns)) SELECT * FROM unnest(\(lists.joined(separator: ", ")))")
    }

    /// One row, which may go together with others.
    func row(_ values: StoredValues) -> Statement { Statement(one, values, many: many) }

    /// Several rows in one statement.
    func rows(_ rows: [StoredValues]) -> Statement { Self.rows(rows, many) }

    static func rows(_ rows: [StoredValues], _ many: String) -> Statement {
        let columns = (rows.first?.indices ?? 0..<0).map { column in List.of(rows.lazy.map { $0[column] }) }
        return Statement(many, columns.reduce(into: []) { $0 += [$1] })
    }

    /// Columns that are smaller numbers take them from bigger ones.
    private static func type(of column: String) -> String {
        switch column {
        case "held", "stopped", "departure_answered": "boolean"
        case "hash": "bytea"
        case "phase", "priority", "due", "scheduled", "listed_at", "created", "updated", "events", "call", "sequence",
            "at", "number", "dial", "sent", "deadline", "started", "ringing", "answered", "ended", "sip_status",
            "agent_gone", "ready", "fence":
            "bigint"
        default: "text"
        }
    }
}
