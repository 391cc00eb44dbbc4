import CallCore

/// Keeps every rolling second to at most so many starts: a log of the newest ones, not a bucket that could be full twice.
///
/// A rate below one is one start in a longer window; a broken one above it is rounded down, never up: carriers reject the surplus.
struct StartLog: Sendable {
    private let perWindow: Int
    private let window: Duration
    private var starts: [Moment] = []

    init(perSecond: Double) {
        perWindow = max(1, Int(perSecond))
        window = perSecond >= 1 ? .seconds(1) : .milliseconds(Int64((1000 / max(perSecond, 0.001)).rounded(.up)))
    }

    /// How many may start now.
    mutating func allowed(at now: Moment) -> Int {
        // A clock that was set back must not stop the starts: what lies in the future was counted long ago.
        starts.removeAll { now.since($0) >= window || $0 > now }
        return max(0, perWindow - starts.count)
    }

    mutating func record(_ count: Int, at now: Moment) { starts += Array(repeating: now, count: count) }

    /// When the next one may start, while none may now.
    var nextFree: Moment? { starts.first.map { $0 + window } }
}
