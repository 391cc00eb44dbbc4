package import CallControl
import CallCore

/// A row of `batches`.
package enum StoredBatch {
    package static let insertColumns: Columns = "id, organization, agent, name, created, key, total, scheduled"

    package static func insertValues(_ batch: Batch, for caller: Caller) -> StoredValues {
        [
            batch.id.rawValue, batch.organization.rawValue, batch.agent.rawValue, batch.name, batch.createdAt,
            caller.key.rawValue, batch.rows.count, batch.calls.count,
        ]
    }

    /// Of a batch `b` and its agent `g`.
    package static let columns = insertColumns.of("b") + "g.name"

    package static func id(_ row: some StoredRow) -> String { row.text(0) }
    package static func organization(_ row: some StoredRow) -> String { row.text(1) }

    /// `statuses`: rows of a status and how many calls have it.
    package static func summary(_ row: some StoredRow, statuses: some Sequence<some StoredRow>) throws -> BatchSummary {
        var counts: [CallStatus: Int] = [:]
        for counted in statuses {
            guard let status = CallStatus(rawValue: counted.text(0)) else { throw Corrupt("batch \(id(row))") }
            counts[status] = Int(counted.number(1))
        }
        return BatchSummary(
            id: BatchID(rawValue: row.text(0)), organization: OrganizationID(rawValue: row.text(1)),
            agent: AgentName(id: AgentID(rawValue: row.text(2)), name: row.text(8)), name: row.optionalText(3),
            createdAt: row.instant(4), createdBy: KeyID(rawValue: row.text(5)), total: Int(row.number(6)),
            scheduled: Int(row.number(7)), statuses: counts)
    }

    /// `dials`: when the first and the last of its attempts were sent.
    package static func record(_ summary: BatchSummary, dials: (some StoredRow)?) -> BatchRecord {
        BatchRecord(summary: summary, firstDialAt: dials?.moment(0), lastDialAt: dials?.moment(1))
    }
}
