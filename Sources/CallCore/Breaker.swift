/// When an agent or a batch whose attempts keep failing is paused, and for how long.
package struct Breaker: Sendable, Equatable {
    /// Of the attempts that ended in the window: from this share of failures on it is paused.
    package let failureShare: Double
    /// Fewer than these say nothing.
    package let minAttempts: Int
    package let windowMinutes: Int
    /// Nil: until somebody lifts it.
    package let pauseMinutes: Int?

    package static let shares = 0.01...1.0
    package static let leastAttempts = 1...1000
    package static let windows = 1...60
    package static let pauses = 1...1440

    package init(failureShare: Double, minAttempts: Int = 20, windowMinutes: Int = 10, pauseMinutes: Int? = 15) {
        self.failureShare = failureShare
        self.minAttempts = minAttempts
        self.windowMinutes = windowMinutes
        self.pauseMinutes = pauseMinutes
    }

    package var window: Duration { .seconds(windowMinutes * 60) }
    package var pause: Duration? { pauseMinutes.map { .seconds($0 * 60) } }

    /// `endings`: how many attempts ended in each way; those that were cancelled say nothing.
    package func trips(at endings: [CallStatus: Int]) -> Bool {
        let all = Self.judged(endings)
        return all >= minAttempts && Double(endings[.failed] ?? 0) >= failureShare * Double(all)
    }

    /// In words for people, of endings at which it trips.
    package func reason(_ endings: [CallStatus: Int]) -> String {
        """
        circuit breaker: \(endings[.failed] ?? 0) of \(Self.judged(endings)) attempts within \(windowMinutes) minutes failed, \
        and the share may not reach \(failureShare)
        """
    }

    private static func judged(_ endings: [CallStatus: Int]) -> Int {
        endings.filter { $0.key != .cancelled }.values.reduce(0, +)
    }
}
