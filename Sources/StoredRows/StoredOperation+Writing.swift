package import CallControl
package import CallCore

extension StoredOperation {
    package static let insertColumns: Columns = """
        id, organization, kind, live, queue, reason, key, request, address, requested, stage, cursor, horizon
        """

    /// `newest`: the greatest key of a call, or 0; it is asked only where the calls do not end with a list.
    package static func insertValues(
        _ operation: CallControl.Operation, for caller: Caller, newest: () throws -> Int64
    ) rethrows -> StoredValues {
        let horizon: Int64
        let stage: Int64
        switch operation.target {
        case .ids(let ids): (horizon, stage) = (Int64(ids.count), 1)
        case .filter, .scope, .numbers:
            horizon = try newest()
            stage = operation.kind != .release && operation.live == .hangup ? 0 : 1
        }
        return [
            operation.id.rawValue, operation.organization.rawValue, operation.kind.rawValue, operation.live.rawValue,
            operation.queue.rawValue, operation.reason, caller.key.rawValue, caller.request, caller.address,
            operation.requestedAt, stage, 0, horizon,
        ]
    }

    package static let updateColumns: Columns =
        "stage, cursor, matched, cancelled, not_cancellable, held, done"

    /// How far it has come; `next` nil: it is done.
    package func updateValues(_ counts: OperationCounts, next: Place?, at now: Moment) -> StoredValues {
        [
            next?.stage ?? place.stage, next?.cursor ?? place.cursor, counts.matched, counts.cancelled,
            counts.notCancellable, counts.held, next == nil ? now : nil,
        ]
    }
}

extension CallControl.Operation {
    /// The same operation, its list in another order.
    package func listing(_ ids: [CallID]) -> CallControl.Operation {
        CallControl.Operation(
            id: id, organization: organization, kind: kind, target: .ids(ids), live: live, queue: queue,
            reason: reason, requestedAt: requestedAt)
    }
}
