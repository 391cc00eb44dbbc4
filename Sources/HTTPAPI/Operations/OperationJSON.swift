import CallControl
import CallCore

extension JSONWriter {
    /// The members of one operation.
    mutating func operation(_ record: OperationRecord) {
        string("operationId", record.id.rawValue)
        string("kind", record.kind.rawValue)
        string("reason", record.reason)
        moment("requestedAt", record.requestedAt)
        progress(record)
    }

    /// How far an operation has come.
    mutating func progress(_ record: OperationRecord) {
        counts(record.counts)
        number("terminationsPending", record.terminationsPending)
        number("terminationsVerified", record.terminationsVerified)
        bool("done", record.doneAt != nil)
        moment("doneAt", record.doneAt)
    }

    mutating func counts(_ counts: OperationCounts) {
        number("matched", counts.matched)
        number("cancelled", counts.cancelled)
        number("notCancellable", counts.notCancellable)
        number("held", counts.held)
    }

    mutating func result(_ result: OperationResult) {
        number("position", result.position)
        string("id", result.call.rawValue)
        string("outcome", result.outcome.rawValue)
        string("statusBefore", result.status?.rawValue)
    }
}
