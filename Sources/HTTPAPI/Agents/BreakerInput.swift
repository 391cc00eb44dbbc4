import CallCore

/// The object that says when something is paused because it keeps failing.
enum BreakerInput {
    static let fields = ["failureShare", "minAttempts", "windowMinutes", "pauseMinutes"]

    /// Nil where something is wrong, which the fields then say.
    static func breaker(_ fields: inout Fields) -> Breaker? {
        fields.require("failureShare")
        let share = fields.number("failureShare", in: Breaker.shares)
        let least = fields.whole("minAttempts", in: Breaker.leastAttempts)
        let window = fields.whole("windowMinutes", in: Breaker.windows)
        let pause = fields.whole("pauseMinutes", in: Breaker.pauses)
        guard let share, fields.faults.isEmpty else { return nil }
        return Breaker(
            failureShare: share, minAttempts: least ?? 20, windowMinutes: window ?? 10,
            pauseMinutes: fields.isNull("pauseMinutes") ? nil : pause ?? 15)
    }
}

extension JSONWriter {
    mutating func breaker(_ breaker: Breaker?) {
        guard let breaker else { return null("breaker") }
        object("breaker") { writer in
            writer.json("failureShare", breaker.failureShare.asWritten)
            writer.number("minAttempts", breaker.minAttempts)
            writer.number("windowMinutes", breaker.windowMinutes)
            writer.number("pauseMinutes", breaker.pauseMinutes)
        }
    }
}
