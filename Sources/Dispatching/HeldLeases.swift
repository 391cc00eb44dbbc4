import CallControl
import CallCore
import NIOConcurrencyHelpers

/// The leases that this process works under, so that one task can keep all of them alive.
final class HeldLeases: Sendable {
    private struct State {
        var dials: [RoomName: DialLease] = [:]
        var terminations: [RoomName: TerminationLease] = [:]
    }

    private let state = NIOLockedValueBox(State())

    func hold(_ lease: DialLease) { state.withLockedValue { $0.dials[lease.room] = lease } }
    func hold(_ lease: TerminationLease) { state.withLockedValue { $0.terminations[lease.room] = lease } }

    func release(_ lease: DialLease) {
        state.withLockedValue { if $0.dials[lease.room]?.fence == lease.fence { $0.dials[lease.room] = nil } }
    }

    func release(_ lease: TerminationLease) {
        state.withLockedValue {
            if $0.terminations[lease.room]?.fence == lease.fence { $0.terminations[lease.room] = nil }
        }
    }

    var all: (dials: [DialLease], terminations: [TerminationLease]) {
        state.withLockedValue { (Array($0.dials.values), Array($0.terminations.values)) }
    }

    var terminationCount: Int { state.withLockedValue { $0.terminations.count } }
}
