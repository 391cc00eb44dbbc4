package import CallCore

/// A breaker as a column has it: share, least attempts, minutes of the window, minutes of the pause or `-`.
package enum StoredBreaker {
    static func text(_ breaker: Breaker) -> String {
        let pause = breaker.pauseMinutes.map(String.init) ?? "-"
        return "\(breaker.failureShare) \(breaker.minAttempts) \(breaker.windowMinutes) \(pause)"
    }

    static func breaker(_ text: String) throws -> Breaker {
        let words = text.split(separator: " ")
        guard words.count == 4, let share = Double(words[0]), let least = Int(words[1]), let window = Int(words[2]),
            words[3] == "-" || Int(words[3]) != nil
        else { throw Corrupt("breaker \(text)") }
        return Breaker(
            failureShare: share, minAttempts: least, windowMinutes: window, pauseMinutes: Int(words[3]))
    }

    /// What a call names it by.
    package static func column(of guarded: Guarded) -> String {
        switch guarded {
        case .agent: "agent"
        case .batch: "batch"
        }
    }

    /// Of rows with a status and how many attempts ended so.
    package static func endings(_ rows: some Sequence<some StoredRow>) throws -> [CallStatus: Int] {
        var endings: [CallStatus: Int] = [:]
        for row in rows {
            guard let status = CallStatus(rawValue: row.text(0)) else { throw Corrupt("an attempt has no status") }
            endings[status] = Int(row.number(1))
        }
        return endings
    }
}
