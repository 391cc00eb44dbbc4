extension Duration {
    /// A length of time as people write it: "30 minutes", "2 hours", "1 day", or as ISO 8601 does: "PT30M", "P1DT12H".
    ///
    /// Whole numbers of weeks, days, hours, minutes and seconds; months and years have no length of their own. Nil: it is none.
    init?(interval text: String) {
        guard let seconds = text.hasPrefix("P") ? Self.iso(text.dropFirst()) : Self.words(text) else { return nil }
        self = .seconds(seconds)
    }

    /// As people write it, in the largest unit that it is whole in.
    var interval: String {
        let seconds = components.seconds
        let (length, unit) =
            [(86_400, "day"), (3_600, "hour"), (60, "minute")].first { seconds >= $0.0 && seconds % $0.0 == 0 } ?? (
                1, "second"
            )
        let count = seconds / length
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }

    private static func words(_ text: String) -> Int64? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let number = number(words[0]), let unit = units[words[1].lowercased()] else {
            return nil
        }
        return number * unit
    }

    private static let units: [String: Int64] = [
        "second": 1, "seconds": 1, "minute": 60, "minutes": 60, "hour": 3_600, "hours": 3_600, "day": 86_400,
        "days": 86_400, "week": 604_800, "weeks": 604_800,
    ]

    /// What stands behind the P.
    private static func iso(_ text: Substring) -> Int64? {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let days = sum(parts[0], [("W", 604_800), ("D", 86_400)]) else { return nil }
        guard parts.count == 2 else { return parts[0].isEmpty ? nil : days }
        guard !parts[1].isEmpty, let time = sum(parts[1], [("H", 3_600), ("M", 60), ("S", 1)]) else { return nil }
        return days + time
    }

    /// Numbers with units behind them, each at most once and in this order.
    private static func sum(_ text: Substring, _ units: [(Character, Int64)]) -> Int64? {
        var (rest, units, total) = (text, units[...], Int64(0))
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let number = number(digits), let letter = rest.popFirst(),
                let place = units.firstIndex(where: { $0.0 == letter })
            else { return nil }
            total += number * units[place].1
            units = units[(place + 1)...]
        }
        return total
    }

    /// Few digits: no product of theirs is too large.
    private static func number(_ digits: Substring) -> Int64? {
        guard (1...9).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int64(digits)
    }
}
