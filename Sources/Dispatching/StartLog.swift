import CallControl
import CallCore

/// Keeps every rolling second to at most so many starts: a log of the newest ones, not a bucket that could be full twice.
struct StartLog: Sendable {
    private let perWindow: Int
    private let window: Duration
    private var starts: [Moment] = []

    init(_ limits: DialLimits) { (perWindow, window) = limits.starts }

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
