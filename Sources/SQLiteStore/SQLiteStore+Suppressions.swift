package import CallControl
package import CallCore
import GRDB
import StoredRows

extension SQLiteStore: SuppressionStore {
    package func suppress(
        _ numbers: [SuppressedNumber], ending: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> Suppressed {
        try await commits.write(weight: numbers.count) { db in
            try Self.once(caller, db)
            let known = try db.rows(
                """
                SELECT \(StoredSuppression.columns) FROM stops INDEXED BY suppressions_by_number WHERE organization = ? \
                AND \(StoredSuppression.isOne) AND value IN (SELECT value FROM json_each(?))
                """, [ending.organization.rawValue, Self.json(numbers.map(\.number))])
            let rows = try StoredSuppression.rows(numbers, knowing: known)
            try StoredOperation.insert(ending, for: caller, db)
            for row in rows where row.isNew {
                try db.run(
                    StoredSuppression.insert,
                    values: StoredSuppression.insertValues(row.suppression, ending: ending))
            }
            try Self.audit(.suppressed(rows, ending: ending), for: caller, at: ending.requestedAt, db)
            guard let operation = try StoredOperation.record(ending.id, db) else {
                throw Corrupt("operation \(ending.id) is not there after its insert")
            }
            let suppressed = Suppressed(rows: rows, operation: operation)
            try Self.keep(.suppressed(suppressed), for: caller, db)
            return suppressed
        }
    }

    package func lift(
        _ id: SuppressionID, reason: String?, freeing: CallControl.Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> SuppressedNumber? {
        try await commits.write { db in
            try Self.once(caller, db)
            guard let suppression = try Self.suppression(id, db) else { return nil }
            try db.run("DELETE FROM stops WHERE id = ?", [id.rawValue])
            try StoredOperation.insert(freeing, for: caller, db)
            try Self.audit(.lifted(suppression, reason: reason, freeing: freeing.id), for: caller, at: now, db)
            try Self.keep(.lifted(suppression), for: caller, db)
            return suppression
        }
    }

    package func suppression(_ id: SuppressionID) async throws(StoreFailure) -> SuppressedNumber? {
        try await read { try Self.suppression(id, $0) }
    }

    package func suppressions(_ query: SuppressionQuery) async throws(StoreFailure) -> SuppressionPage {
        try await read { db in
            var condition = "organization = ? AND \(StoredSuppression.isOne)"
            var values: StatementArguments = [query.organization.rawValue]
            if let number = query.number {
                condition += " AND value = ?"
                values += [number.e164]
            }
            let index = query.number == nil ? "suppressions_newest" : "suppressions_by_number"
            let total = try db.integer("SELECT count(*) FROM stops INDEXED BY \(index) WHERE \(condition)", values)
            if let after = query.after {
                condition += " AND (at, id) < (?, ?)"
                values += [after.at, after.id.rawValue]
            }
            let found = try db.rows(
                """
                SELECT \(StoredSuppression.columns) FROM stops INDEXED BY \(index) WHERE \(condition) \
                ORDER BY at DESC, id DESC LIMIT ? OFFSET ?
                """, values + [query.limit + 1, query.offset]
            ).map { try StoredSuppression.suppression($0) }
            return SuppressionPage(found, of: query, total: Int(total ?? 0))
        }
    }

    package func suppressions(
        of numbers: [PhoneNumber], in organization: OrganizationID
    ) async throws(StoreFailure) -> [PhoneNumber: SuppressionID] {
        try await read { try Self.suppressions(of: numbers, in: organization, $0) }
    }

    static func suppressions(
        of numbers: [PhoneNumber], in organization: OrganizationID, _ db: Database
    ) throws -> [PhoneNumber: SuppressionID] {
        // Most organizations have none, and need not have a thousand numbers looked up.
        guard try db.integer(StoredSuppression.any, [organization.rawValue]) == 1 else { return [:] }
        return StoredSuppression.ids(
            try db.rows(
                """
                SELECT id, value FROM stops INDEXED BY suppressions_by_number WHERE organization = ? \
                AND \(StoredSuppression.isOne) AND value IN (SELECT value FROM json_each(?))
                """, [organization.rawValue, json(numbers)]))
    }

    private static func suppression(_ id: SuppressionID, _ db: Database) throws -> SuppressedNumber? {
        try db.row(StoredSuppression.byID, [id.rawValue]).map { try StoredSuppression.suppression($0) }
    }

    /// Numbers as SQL's `json_each` reads them.
    private static func json(_ numbers: [PhoneNumber]) -> String {
        "[\(numbers.map { "\"\($0.e164)\"" }.joined(separator: ","))]"
    }
}

extension StoredSuppression {
    fileprivate static let insert = insertColumns.insert(into: "stops")
    fileprivate static let any = """
        SELECT EXISTS (SELECT 1 FROM stops INDEXED BY suppressions_by_number WHERE organization = ? AND \(isOne))
        """
    fileprivate static let byID = "SELECT \(columns) FROM stops WHERE id = ? AND \(isOne)"
}
