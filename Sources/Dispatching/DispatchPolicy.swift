package import CallControl
import CallCore
import NIOConcurrencyHelpers

/// The limits and times that the dispatcher keeps to.
package struct DispatchPolicy: Sendable {
    package var limits = DialLimits()
    /// The trunk of agents that name none.
    package var defaultTrunk: String? {
        get { limits.defaultTrunk }
        set { limits.defaultTrunk = newValue }
    }
    /// How long a voice agent may take to join before the call fails.
    package var agentWithin: Duration = .seconds(10)
    /// A call is begun so long before it is due, on paper only: the commit is done when its time comes, and no request leaves before.
    package var ahead: Duration = .milliseconds(2)
    /// Leases are this long and renewed every quarter of it, so that a dead node's work is taken over soon though a dial may last 80 s.
    package var lease: Duration = .seconds(8)
    /// On a store that other nodes share: what one of them leaves behind, its lease being over, is found so soon.
    package var lookAgainEvery: Duration = .seconds(1)
    package var reconcileEvery: Duration = .seconds(10)
    /// How long the comparison stays one node's duty after it last said so; it says so, and others ask, every third of it.
    package var dutyFor: Duration = .seconds(6)
    /// After a comparison that LiveKit did not answer: what was not told meanwhile is found soon after it is back.
    package var reconcileAgainAfter: Duration = .seconds(1)
    /// How long a DeleteRoom is waited for before somebody looks what became of it.
    package var deleteAnswersWithin: Duration = .seconds(1)
    /// From a DeleteRoom's answer until the phone has heard of it at the latest: 58 ms were measured (CANCEL) and 52 (BYE).
    package var silenceAfterDelete: Duration = .milliseconds(100)
    /// Rooms that are being deleted at a time; those that wait for a join do not count.
    ///
    /// Few, so that LiveKit answers the looks for a join between them.
    package var hangUpsAtATime = 24
    /// Last looks whether a phone that was hung up is gone, under way at a time.
    package var lastLooksAtATime = 8
    /// Terminations leased at a time, the waiting ones included: each lease is renewed every 2 s.
    package var terminationsAtATime = 2000
    /// Looks for a phone's join that are under way at a time, over all hang-ups that wait for one.
    package var joinPollsAtATime = 16
    /// Looks after dials that are under way at a time, for an agent, a ring or a lost outcome: they must not take the connections
    /// of hang-ups when LiveKit hangs.
    package var ringPollsAtATime = 32
    /// Rooms that are being made at a time, for the same reason.
    package var preparesAtATime = 64

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
    let barred = BarredRooms()
    let held = HeldLeases()
    let progress = ProgressBoard()
    let agentCheckRuns = NIOLockedValueBox(false)
    let joinPolls: Turnstile
    let ringPolls: Turnstile
    let prepares: Turnstile
    let hangUps: Turnstile
    let lastLooks: Turnstile
    let policy: DispatchPolicy
    let metrics: DispatchMetrics
    let jitter: @Sendable (ClosedRange<Double>) -> Double
    /// Hears of each attempt that failed, by its agent and its batch.
    let failed: @Sendable (Agent, BatchID?) -> Void
    /// Hears of each batch of which a call was not begun because nothing is left of its budget.
    let keptBack: @Sendable (BatchID) -> Void

    /// When to look for work that the bell does not tell of.
    func soonest(_ wake: Moment?) -> Moment? {
        guard store.isShared else { return wake }
        let look = clock.now + policy.lookAgainEvery
        return min(wake ?? look, look)
    }

    /// The pause before the next try: doubled with every one, but never beyond a second and a quarter.
    ///
    /// When LiveKit is back, phones must fall silent and calls go on within 2 s, however long it was away.
    func backoff(from milliseconds: Int, after tries: Int) -> Duration {
        let pause = Double(min(milliseconds << min(tries, 10), 1000))
        return .milliseconds(Int64(pause * jitter(0.75...1.25)))
    }
}
