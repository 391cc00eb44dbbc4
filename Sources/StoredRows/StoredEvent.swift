package import CallControl
package import CallCore

/// A row of `events`: what the history of a call shows.
package enum StoredEvent {
    package static let columns: Columns = "sequence, at, what"

    package static func event(_ row: some StoredRow, of id: CallID) throws -> RecordedEvent {
        guard let notice = Notice(rawValue: row.text(2)) else { throw Corrupt("an event of call \(id)") }
        return RecordedEvent(sequence: row.number(0), notice: notice, at: row.instant(1))
    }

    package static let insertColumns: Columns = "call, sequence, at, what"

    package static func insertValues(
        _ notice: Notice, ofCall key: Int64, sequence: Int64, at moment: Moment
    ) -> StoredValues {
        [key, sequence, moment, notice.rawValue]
    }
}
