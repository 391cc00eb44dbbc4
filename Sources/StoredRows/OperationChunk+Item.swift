package import CallControl
package import CallCore

extension OperationChunk {
    /// What becomes of one call.
    package enum Fate: Sendable, Equatable {
        case cancelWaiting
        /// By the rule: an attempt is under way, whose room must go.
        case cancelLive
        case hold, leave, isOver, isNotThere

        package var outcome: OperationResult.Outcome {
            switch self {
            case .cancelWaiting, .cancelLive: .cancelled
            case .hold: .held
            case .leave: .left
            case .isOver: .notCancellable
            case .isNotThere: .notFound
            }
        }
    }

    /// One call that an operation comes to.
    package struct Item: Sendable, Equatable {
        package let key: Int64?
        package let id: CallID
        package let status: CallStatus?
        package let isWaiting: Bool
        package let fate: Fate

        /// In a list of ids, the id is the list's and not the call's.
        package static let columns: Columns = "c.key, c.id, c.phase, c.status"

        /// All but the id is null where the call is not there for this organization.
        init(_ row: some StoredRow, of operation: StoredOperation) {
            key = row.optionalNumber(0)
            id = CallID(rawValue: row.text(1))
            let phase = row.optionalNumber(2)
            status = row.optionalText(3).flatMap(CallStatus.init(rawValue:))
            isWaiting = phase == StoredPhase.waiting
            fate =
                switch (phase, operation.live, operation.queue) {
                case (nil, _, _): .isNotThere
                case (StoredPhase.waiting, _, .cancel): .cancelWaiting
                case (StoredPhase.waiting, _, .hold): .hold
                case (StoredPhase.ended, _, _): .isOver
                case (_, .hangup, _): .cancelLive
                // Nothing of it was dialled: it goes as those do that wait. The latch takes it back where it is to be held.
                case (StoredPhase.placing, .leave, .cancel): .cancelLive
                case (StoredPhase.placing, .leave, .hold): .hold
                case (_, .leave, _): .leave
                }
        }
    }

    /// The condition on calls (`c`) that a cancel would cancel: without a hang-up, what waits and what is only being placed.
    package static func cancellable(_ live: Stop.Live) -> String { live == .hangup ? "c.phase < 5" : "c.phase < 2" }
}

extension OperationCounts {
    /// Counts one call in that the operation has come to.
    package mutating func count(_ fate: OperationChunk.Fate) {
        matched += 1
        switch fate {
        case .cancelWaiting, .cancelLive: cancelled += 1
        case .hold: held += 1
        case .leave, .isOver, .isNotThere: notCancellable += 1
        }
    }

    /// Adds a part of what an operation would come to.
    package mutating func add(_ part: Rehearsal) {
        matched += part.matched
        cancelled += part.cancellable
        notCancellable += part.matched - part.cancellable
    }

    /// How many calls an operation would match, and how many of them are cancellable.
    package struct Rehearsal: Sendable {
        let matched: Int
        let cancellable: Int

        package init(_ row: (some StoredRow)?) {
            matched = Int(row?.number(0) ?? 0)
            cancellable = Int(row?.number(1) ?? 0)
        }
    }
}
