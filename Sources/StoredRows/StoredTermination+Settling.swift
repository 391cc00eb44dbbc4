package import CallControl
package import CallCore

extension StoredTermination {
    /// For a settlement, of a row that the lease still holds.
    package static let heldColumns: Columns = "call, armed, state"

    /// What a settlement writes into the row; either way it takes a new fence and counts one try more.
    package enum Settled: Sendable, Equatable {
        case verified
        /// Put back: a renewal that was on its way may not push `ready` out again, therefore the new fence.
        case again(PutBack)
    }

    package struct PutBack: Sendable, Equatable {
        package let state: Termination.State
        package let ready: Moment
        /// Nil leaves the last one.
        package let error: String?
        /// False: there was a sign of life while somebody looked, so that what was settled does not count.
        package let counts: Bool
    }

    /// What a try came to, and the notice that its call is told.
    package static func settle(
        _ settlement: TerminationSettlement, of lease: TerminationLease, held row: some StoredRow, at now: Moment
    ) throws -> (settled: Settled, notice: Notice?) {
        guard let state = Termination.State(rawValue: row.text(2)) else {
            throw Corrupt("the termination of \(lease.room) is \(row.text(2))")
        }
        switch settlement {
        case .verified where row.number(1) == lease.armed: return (.verified, .terminationVerified)
        case .verified: return (.again(PutBack(state: state, ready: now, error: nil, counts: false)), nil)
        case .again(let ready, let error):
            let isStuck = now.since(lease.requestedAt) >= Termination.stuckAfter
            let putBack = PutBack(state: isStuck ? .stuck : state, ready: ready, error: error, counts: true)
            return (.again(putBack), isStuck && state != .stuck ? .terminationStuck : nil)
        }
    }
}
