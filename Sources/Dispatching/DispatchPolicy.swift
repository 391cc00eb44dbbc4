import CallControl
import CallCore

/// The limits and times that the dispatcher keeps to.
package struct DispatchPolicy: Sendable {
    /// New attempts in any second.
    package var dialsPerSecond = 20.0
    /// Calls with an attempt under way.
    package var maxLive = 500
    /// A call later than this is not dialled any more.
    package var maxLateness: Duration = .seconds(900)
    /// The trunk of agents that name none.
    package var defaultTrunk: String?
    /// How long a voice agent may take to join before the call fails.
    package var agentWithin: Duration = .seconds(10)
    /// Leases are this long and renewed every quarter of it, so that a dead node's work is taken over soon though a dial may last 80 s.
    package var lease: Duration = .seconds(8)
    package var reconcileEvery: Duration = .seconds(10)
    /// Terminations carried out at a time.
    package var hangUpsAtATime = 128
    /// Looks for a phone's join that are under way at a time, over all hang-ups that wait for one.
    package var joinPollsAtATime = 16

    package init() {}
}

/// What every part of the dispatcher works with.
struct Workshop: Sendable {
    let store: any CallStore
    let phone: any Phone
    let reports: CallReports
    let clock: any WallClock
    let bell: Bell
    let signals: RoomSignals
    let dialsOut = DialsOut()
    let held = HeldLeases()
    let progress = ProgressBoard()
    let joinPolls: Turnstile
    let policy: DispatchPolicy
    let jitter: @Sendable (ClosedRange<Double>) -> Double
}
