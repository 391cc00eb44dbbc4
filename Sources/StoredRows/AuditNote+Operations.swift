package import CallControl
package import CallCore

extension AuditNote {
    /// Ten thousand ids are in the entries of their chunks.
    package static func began(_ operation: CallControl.Operation) throws -> AuditNote {
        let target =
            switch operation.target {
            case .ids(let ids): "\(ids.count) ids"
            case .numbers(let numbers): "\(numbers.count) numbers"
            case .filter, .scope: try StoredTarget.text(operation.target)
            }
        return AuditNote(
            .callsCancel, on: operation.id.rawValue, reason: operation.reason,
            detail: try detail(["target": target, "live": operation.live.rawValue]))
    }

    package static func created(_ batch: Batch) throws -> AuditNote {
        struct Detail: Encodable {
            let agent: String
            let name: String?
            let total: Int
            let scheduled: Int
            let breaker: String?
            let budget: String?
        }
        return AuditNote(
            .batchCreate, on: batch.id.rawValue, after: CallStatus.initiated.rawValue,
            detail: try detail(
                Detail(
                    agent: batch.agent.rawValue, name: batch.name, total: batch.rows.count,
                    scheduled: batch.calls.count, breaker: batch.guards.breaker.map { StoredBreaker.text($0) },
                    budget: batch.guards.budget.map { StoredBudget.text($0) })))
    }

    /// Nil where the chunk cancelled nothing.
    package static func cancelled(_ chunk: OperationChunk, of operation: StoredOperation) throws -> AuditNote? {
        struct CancelledCall: Encodable {
            let id: String
            let before: String?
        }
        let calls = chunk.calls.filter { $0.fate.outcome == .cancelled }
            .map { CancelledCall(id: $0.id.rawValue, before: $0.status?.rawValue) }
        guard !calls.isEmpty else { return nil }
        return AuditNote(
            .callsCancel, on: operation.id.rawValue, reason: operation.reason, after: CallStatus.cancelled.rawValue,
            detail: try detail(["calls": calls]))
    }

    package static func set(_ stop: Stop, draining drain: OperationID) throws -> AuditNote {
        let (scope, value) = StoredStop.columns(of: stop.scope)
        return AuditNote(
            .stopSet, on: stop.id.rawValue, reason: stop.reason, after: "in_force",
            detail: try detail(
                [
                    "scope": scope, "value": value, "live": stop.live.rawValue, "queue": stop.queue.rawValue,
                    "operation": drain.rawValue, "until": stop.until?.description,
                ].compactMapValues(\.self)))
    }

    package static func suppressed(_ rows: [Suppressed.Row], ending: CallControl.Operation) throws -> AuditNote {
        struct Detail: Encodable {
            let live: String
            /// The ids by their numbers.
            let added: [String: String]
            /// How many were suppressed before.
            let there: Int
        }
        let added = rows.filter(\.isNew).map { ($0.suppression.number.e164, $0.suppression.id.rawValue) }
        return AuditNote(
            .suppressionAdd, on: ending.id.rawValue, reason: ending.reason, after: "in_force",
            detail: try detail(
                Detail(
                    live: ending.live.rawValue, added: Dictionary(added) { first, _ in first },
                    there: rows.count - added.count)))
    }

    package static func lifted(
        _ suppression: SuppressedNumber, reason: String?, freeing: OperationID
    ) throws -> AuditNote {
        AuditNote(
            .suppressionRemove, on: suppression.id.rawValue, reason: reason, before: "in_force", after: "removed",
            detail: try detail(["number": suppression.number.e164, "operation": freeing.rawValue]))
    }

    package static func released(_ id: StopID, reason: String?, freeing: OperationID) throws -> AuditNote {
        AuditNote(
            .stopRelease, on: id.rawValue, reason: reason, before: "in_force", after: "released",
            detail: try detail(["operation": freeing.rawValue]))
    }
}
