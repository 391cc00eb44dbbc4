package import CallControl
package import CallCore
import NIOConcurrencyHelpers

/// A terminator that writes down what it was asked for, and answers as it was told.
package final class RecordingTerminator: Terminator {
    package struct Order: Sendable, Equatable {
        package let lease: TerminationLease
        package let untilVerified: Bool
        package let limit: Moment
    }

    private let state: NIOLockedValueBox<(progress: TerminationProgress, orders: [Order])>

    package init(_ progress: TerminationProgress = .deleted) { state = NIOLockedValueBox((progress, [])) }

    /// What it was asked for, in order.
    package var orders: [Order] { state.withLockedValue { $0.orders } }

    /// What it answers from now on.
    package func answer(_ progress: TerminationProgress) { state.withLockedValue { $0.progress = progress } }

    package func terminate(_ lease: TerminationLease, untilVerified: Bool, limit: Moment) async -> TerminationProgress {
        state.withLockedValue { state in
            state.orders.append(Order(lease: lease, untilVerified: untilVerified, limit: limit))
            return state.progress
        }
    }

    package func hangUpUnrecorded(_ attempt: Attempt, of call: CallID, limit: Moment) async -> TerminationProgress {
        state.withLockedValue { $0.progress }
    }
}
