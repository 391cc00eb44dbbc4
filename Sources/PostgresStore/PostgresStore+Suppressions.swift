package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: SuppressionStore {
    package func suppress(
        _ numbers: [SuppressedNumber], ending: CallControl.Operation, for caller: Caller
    ) async throws(StoreFailure) -> Suppressed {
        try await write(.order) { db in
            // Nobody schedules a call, or sends a dial, that has not seen this; what was sent before is on the disk.
            db.own(ending.organization)
            try await db.once(caller)
            let known = try await db.suppressions(
                StoredSuppression.columns, of: numbers.map(\.number), in: ending.organization)
            let rows = try StoredSuppression.rows(numbers, knowing: known)
            try await db.begin(ending, for: caller)
            let new = rows.filter(\.isNew).map { StoredSuppression.insertValues($0.suppression, ending: ending) }
            if !new.isEmpty { db.write(Self.insertSuppressions, new) }
            db.audit(try .suppressed(rows, ending: ending), for: caller, at: ending.requestedAt)
            guard let operation = try await db.operation(ending.id) else {
                throw Corrupt("operation \(ending.id) is not there after its insert")
            }
            let suppressed = Suppressed(rows: rows, operation: operation)
            db.keep(.suppressed(suppressed), for: caller)
            return suppressed
        }
    }

    private static let insertSuppressions = Insertion(into: "stops", StoredSuppression.insertColumns)

    package func lift(
        _ id: SuppressionID, reason: String?, freeing: CallControl.Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> SuppressedNumber? {
        try await write(.order) { db in
            // Before the look for the first try's answer, which may be under way on a node that sleeps.
            db.own(caller.organization)
            try await db.once(caller)
            guard let suppression = try await Self.suppression(id, db) else { return nil }
            db.write("DELETE FROM stops WHERE id = $1", [id.rawValue])
            try await db.begin(freeing, for: caller)
            db.audit(try .lifted(suppression, reason: reason, freeing: freeing.id), for: caller, at: now)
            db.keep(.lifted(suppression), for: caller)
            return suppression
        }
    }

    package func suppression(_ id: SuppressionID) async throws(StoreFailure) -> SuppressedNumber? {
        try await lookUp { try await Self.suppression(id, $0) }
    }

    package func suppressions(_ query: SuppressionQuery) async throws(StoreFailure) -> SuppressionPage {
        try await read { db in
            var condition = "organization = $1 AND \(StoredSuppression.isOne)"
            var values: StoredValues = [query.organization.rawValue]
            if let number = query.number {
                condition += " AND value = $2"
                values += [number.e164]
            }
            let count = Statement("SELECT count(*) FROM stops WHERE \(condition)", values)
            if let after = query.after {
                condition += " AND (at, id) < ($\(values.count + 1), $\(values.count + 2))"
                values += [after.at, after.id.rawValue]
            }
            let page = Statement(
                """
                SELECT \(StoredSuppression.columns) FROM stops WHERE \(condition) ORDER BY at DESC, id DESC \
                LIMIT $\(values.count + 1) OFFSET $\(values.count + 2)
                """, values + [query.limit + 1, query.offset])
            let seen = try await db.all([count, page])
            return SuppressionPage(
                try seen[1].map { try StoredSuppression.suppression($0) }, of: query,
                total: Int(seen[0].first?.number(0) ?? 0))
        }
    }

    package func suppressions(
        of numbers: [PhoneNumber], in organization: OrganizationID
    ) async throws(StoreFailure) -> [PhoneNumber: SuppressionID] {
        try await lookUp { try await $0.suppressions(of: numbers, in: organization) }
    }

    private static func suppression(_ id: SuppressionID, _ db: Transaction) async throws -> SuppressedNumber? {
        try await db.row(
            "SELECT \(StoredSuppression.columns) FROM stops WHERE id = $1 AND \(StoredSuppression.isOne)",
            [id.rawValue]
        ).map { try StoredSuppression.suppression($0) }
    }
}

extension Transaction {
    /// Those of the numbers that are suppressed; nobody changes that while the organization is held.
    func suppressions(
        of numbers: [PhoneNumber], in organization: OrganizationID
    ) async throws -> [PhoneNumber: SuppressionID] {
        StoredSuppression.ids(try await suppressions("id, value", of: numbers, in: organization))
    }

    /// A seek for each number, whatever the planner believes of the table: `OFFSET 0` keeps it from turning this inside out.
    fileprivate func suppressions(
        _ columns: Columns, of numbers: [PhoneNumber], in organization: OrganizationID
    ) async throws -> Rows {
        try await rows(
            """
            SELECT \(columns.of("s")) FROM unnest($2::text[]) AS n (number) CROSS JOIN LATERAL (SELECT * FROM stops \
            WHERE organization = $1 AND released IS NULL AND coalesce(value, '') = n.number OFFSET 0) s \
            WHERE s.\(StoredSuppression.isOne)
            """, [organization.rawValue, List.of(numbers.map(\.e164))])
    }
}
