package import CallCore

/// Where calls that have been over for long can be read a last time, and purged.
package protocol RetentionStore: DutyStore {
    /// The next calls that may be purged, in the order in which they were made: over since before `moment`, with no dial and no
    /// hang-up of theirs open.
    ///
    /// A short read: it looks at a few calls only and may find none among them, while there are more behind.
    func purgeable(
        overBefore moment: Moment, after place: Int64, limit: Int
    ) async throws(StoreFailure) -> Purgeable
    /// One short transaction: deletes these calls with their attempts, hang-ups and events; returns how many.
    ///
    /// Those that are not any more as they were read, or that somebody decides about, stay.
    func purge(_ calls: [FinishedCall], overBefore moment: Moment) async throws(StoreFailure) -> Int
    /// One short transaction: deletes at most `limit` results of the next operation that was done before `moment`, and with its last
    /// one the operation itself, unless a stop tells of it.
    ///
    /// Returns behind which operation to go on; nil: there is none left.
    func purgeResults(
        doneBefore moment: Moment, after operation: OperationID?, limit: Int
    ) async throws(StoreFailure) -> PurgedResults?
}

/// Calls that may be purged, and where to look on.
package struct Purgeable: Sendable {
    package let calls: [FinishedCall]
    /// Nil: all behind it are younger.
    package let next: Int64?

    package init(calls: [FinishedCall], next: Int64?) {
        self.calls = calls
        self.next = next
    }
}

/// What one step has deleted of an operation.
package struct PurgedResults: Sendable, Equatable {
    package let count: Int
    /// Nil while it is the first one that has more.
    package let next: OperationID?

    package init(count: Int, next: OperationID?) {
        self.count = count
        self.next = next
    }
}

/// A call that is over, with all that is kept of it.
package struct FinishedCall: Sendable {
    /// Its key in the store.
    package let place: Int64
    package let record: CallRecord
    package let events: [RecordedEvent]

    package init(place: Int64, record: CallRecord, events: [RecordedEvent]) {
        self.place = place
        self.record = record
        self.events = events
    }
}
