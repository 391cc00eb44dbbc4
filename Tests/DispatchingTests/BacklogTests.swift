import CallControl
import CallCore
import TestSupport
import Testing

/// When the last call of a batch will be dialled, without a store.
@Suite struct BacklogTests {
    private static let now = MovableClock().now

    private static func backlog(
        _ waiting: Int, due: Int64 = 0, last: Int64 = 0, isHeld: Bool = false, windows: [CallWindow]? = [],
        recent: Int = 0, since: Int64? = nil
    ) -> BatchBacklog {
        BatchBacklog(
            waiting: waiting, firstDue: now + .seconds(due), lastDue: now + .seconds(last), isHeld: isHeld,
            windows: windows, recentDials: recent, recentSince: since.map { now - .seconds($0) })
    }

    private static func gates(_ rates: Double?..., full: Bool = false) -> [GateLoad] {
        rates.map {
            GateLoad(
                gate: .server, limit: GateLimit(callsPerSecond: $0, maxLive: 5), live: full ? 5 : 4, opening: now)
        }
    }

    /// A backlog, its gates, and in how many milliseconds it is done.
    @Test(
        arguments: [
            // As fast as of late: sixty in two minutes.
            (backlog(30, recent: 60, since: 120), gates(20), 60_000),
            (backlog(1, recent: 1, since: 40), gates(20), 40_000),
            // None so far: the slowest gate, whose window is 1,004 ms.
            (backlog(200), gates(20), 10_040), (backlog(200), gates(20, 5, nil), 40_160),
            (backlog(2), gates(0.5), 4008),
            // What was sent this moment says nothing yet.
            (backlog(200, recent: 3, since: 0), gates(20), 10_040),
            // A full gate of which nobody knows when it opens; but where calls have gone through it, they do.
            (backlog(5), gates(20, full: true), nil),
            (backlog(5, recent: 10, since: 100), gates(20, full: true), 50_000),
            (backlog(5), [], nil),
            // Not before the first is due, nor before the last is.
            (backlog(200, due: 3600, last: 3600), gates(20), 3_610_040),
            (backlog(200, due: -60, last: 3600), gates(20), 3_600_000),
            // What is held, and what is open for some and closed for others.
            (backlog(5, isHeld: true), gates(20), nil), (backlog(5, windows: nil), gates(20), nil),
        ] as [(BatchBacklog, [GateLoad], Int64?)])
    func itsEndIsReckonedFromWhatWasSeen(_ backlog: BatchBacklog, _ gates: [GateLoad], _ milliseconds: Int64?) {
        #expect(backlog.end(through: gates, at: Self.now) == milliseconds.map { Self.now + .milliseconds($0) })
    }

    @Test func aWindowThatClosesMakesItLater() throws {
        // Of the clock's time, 12:00 in UTC, it leaves one minute a day.
        let minute = Int(Self.now.milliseconds / 60_000 % 1440)
        try #require(Self.now.milliseconds % 60_000 == 0)
        let window = try #require(CallWindow(start: minute, end: minute + 1, zone: .utc))
        let backlog = Self.backlog(150, windows: [window], recent: 1, since: 1)
        #expect(backlog.end(through: [], at: Self.now) == Self.now + .seconds(2 * 86_400 + 30))
    }
}
