package import CallControl
package import CallCore

/// A row of `operations`, for whoever does its next chunk.
package struct StoredOperation: Sendable, Equatable {
    package let id: OperationID
    package let kind: CallControl.Operation.Kind
    package let live: Stop.Live
    package let queue: Stop.Queue
    package let reason: String?
    /// Who began it.
    package let caller: Caller
    package let place: Place
    /// Where its calls end: a key, or the length of a list.
    package let horizon: Int64
    package let counts: OperationCounts
    package let isDone: Bool

    package var organization: OrganizationID { caller.organization }

    /// How far it is.
    package struct Place: Sendable, Equatable {
        /// At 0 live calls come first, at 1 all, by key or by place in the list.
        package let stage: Int64
        package let cursor: Int64

        package init(stage: Int64, cursor: Int64) {
            self.stage = stage
            self.cursor = cursor
        }
    }

    package static let columns: Columns = """
        organization, kind, live, queue, reason, key, request, address, stage, cursor, horizon, matched, cancelled, \
        not_cancellable, held, done IS NOT NULL
        """

    package init(_ row: some StoredRow, id: OperationID) throws {
        guard let kind = CallControl.Operation.Kind(rawValue: row.text(1)),
            let live = Stop.Live(rawValue: row.text(2)), let queue = Stop.Queue(rawValue: row.text(3))
        else { throw Corrupt("operation \(id)") }
        self.id = id
        self.kind = kind
        self.live = live
        self.queue = queue
        reason = row.optionalText(4)
        // Its role was asked for at the door.
        caller = Caller(
            key: KeyID(rawValue: row.text(5)), organization: OrganizationID(rawValue: row.text(0)), role: .operator,
            request: row.optionalText(6), address: row.optionalText(7))
        place = Place(stage: row.number(8), cursor: row.number(9))
        horizon = row.number(10)
        counts = OperationCounts(row, from: 11)
        isDone = row.flag(15)
    }

    /// What it cancels is cancelled by whoever began it.
    package func cancellation(at now: Moment) -> Cancellation {
        Cancellation(organization: organization, key: caller.key, reason: reason, at: now)
    }
}

extension OperationCounts {
    init(_ row: some StoredRow, from column: Int) {
        self.init(
            matched: Int(row.number(column)), cancelled: Int(row.number(column + 1)),
            notCancellable: Int(row.number(column + 2)), held: Int(row.number(column + 3)))
    }
}
