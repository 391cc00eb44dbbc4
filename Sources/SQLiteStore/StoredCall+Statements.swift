import CallCore
import GRDB
import StoredRows

extension StoredCall {
    private static let byID = "SELECT \(columns) FROM calls WHERE id = ?"
    private static let byKey = "SELECT \(columns) FROM calls WHERE key = ?"

    static func fetch(_ id: CallID, _ db: Database) throws -> StoredCall? {
        try db.row(byID, [id.rawValue]).map { try StoredCall($0, db) }
    }

    static func fetch(key: Int64, _ db: Database) throws -> StoredCall? {
        try db.row(byKey, [key]).map { try StoredCall($0, db) }
    }

    init(_ row: Row, _ db: Database) throws {
        try self.init(
            row, attempts: Self.hasAttempts(row) ? StoredAttempt.fetch(ofCall: Self.key(row), db) : [])
    }

    /// For so many rows by one statement: one for each row takes half as long again, because each begins with all indexes.
    private struct Insertion {
        let rows: Int
        /// Every row has all of its values.
        let each: String
        /// The common ones are those of the first row: they are bound once, which is most of what binding costs.
        let alike: String

        init(rows: Int) {
            self.rows = rows
            each = insertColumns.insert(into: "calls", rows: rows)
            alike = insertColumns.insert(into: "calls", rows: rows, sharing: common)
        }
    }

    private static let insertions = [200, 20, 1].map(Insertion.init)
    private static let common = commonColumns.names.count

    /// New calls, each with its first event.
    static func insert(_ rows: [StoredValues], _ db: Database) throws {
        var rest = rows[...]
        for insertion in insertions {
            while rest.count >= insertion.rows {
                let part = rest.prefix(insertion.rows)
                rest = rest.dropFirst(insertion.rows)
                let first = part.first ?? []
                if part.allSatisfy({ $0.starts(with: first.prefix(common)) }) {
                    try db.run(insertion.alike, rows: part, sharing: common)
                } else {
                    try db.run(insertion.each, rows: part)
                }
            }
        }
        try StoredEvent.insertFirst(ofNewest: rows.count, db)
    }

    private static let update = updateColumns.update("calls", where: "key = ?")

    /// Writes what changed, with the event that the change makes.
    func update(to new: Call, at now: Moment, _ db: Database) throws {
        let change = becoming(new)
        try db.run(Self.update, values: change.row.updateValues + [key])
        for attempt in change.changedAttempts { try StoredAttempt.update(attempt, ofCall: key, db) }
        for attempt in change.newAttempts { try StoredAttempt.insert(attempt, ofCall: key, new, db) }
        if let notice = change.notice {
            try StoredEvent.insert(notice, ofCall: key, sequence: change.row.events, at: now, db)
        }
    }
}

extension StoredAttempt {
    private static let ofCall = "SELECT \(columns) FROM attempts WHERE call = ? ORDER BY number"
    private static let insert = insertColumns.insert(into: "attempts")
    private static let update = updateColumns.update("attempts", where: "call = ? AND number = ?")

    static func fetch(ofCall key: Int64, _ db: Database) throws -> [Attempt] {
        try db.rows(ofCall, [key]).map { try attempt($0) }
    }

    static func insert(_ attempt: Attempt, ofCall key: Int64, _ call: Call, _ db: Database) throws {
        try db.run(insert, values: insertValues(attempt, ofCall: key, call))
    }

    static func update(_ attempt: Attempt, ofCall key: Int64, _ db: Database) throws {
        try db.run(update, values: updateValues(attempt) + [key, attempt.number])
    }
}

extension StoredEvent {
    private static let insert = insertColumns.insert(into: "events")
    private static let insertFirst =
        "INSERT INTO events (\(insertColumns)) SELECT key, 1, created, ? FROM calls WHERE key > ?"

    /// The first events of the newest calls, so many, which were inserted one right after the other in this transaction.
    fileprivate static func insertFirst(ofNewest count: Int, _ db: Database) throws {
        guard count > 0 else { return }
        try db.run(insertFirst, [Notice.created.rawValue, db.lastInsertedRowID - Int64(count)])
    }

    static func insert(
        _ notice: Notice, ofCall key: Int64, sequence: Int64, at moment: Moment, _ db: Database
    ) throws {
        try db.run(insert, values: insertValues(notice, ofCall: key, sequence: sequence, at: moment))
    }
}
