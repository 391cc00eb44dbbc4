import Foundation

extension Report {
    /// In words, for people and for the documentation.
    package var summary: String {
        let seconds = took / .seconds(1)
        let hours = Double(simulated) / 3_600_000
        let server =
            contention.map {
                """

                \($0.waits) waits for a lock, \($0.timeouts) of them in vain, \($0.circles) in a circle; \($0.cuts) broken connections
                """
            } ?? ""
        return """
            \(seeds) seeds, \(calls) calls, \(redials) dialled again, \(silenced) phones silenced, \(broken.count) seeds broken; \
            \(Self.one(hours)) hours simulated in \(Self.one(seconds)) s (\(Self.one(seconds * 1000 / Double(max(seeds, 1)))) ms a seed)
            worst from cancel (or join) to silence: \(worstInCalm.milliseconds) ms in calm weather (seed \(worstInCalm.seed)), \
            \(worstInStorm.milliseconds) ms in storms (seed \(worstInStorm.seed))\(server)
            """
    }

    private static func one(_ number: Double) -> String { String(format: "%.1f", number) }
}
