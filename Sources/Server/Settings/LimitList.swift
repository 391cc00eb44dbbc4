import CallControl
import CallCore

/// Limits by name, as a setting has them: `ST_main: 10/s, 50 live; ST_eu: 5/s`.
enum LimitList {
    /// In the place of a name: every organization that has no entry of its own.
    static let everyOther = "*"

    static func read(_ key: SettingKey, _ reading: inout SettingsReading) -> [String: GateLimit] {
        guard let text = reading.text(key) else { return [:] }
        var limits: [String: GateLimit] = [:]
        for entry in text.split(separator: ";").map({ String($0).trimmingSpaces }) where !entry.isEmpty {
            guard let colon = entry.lastIndex(of: ":"), let limit = limit(entry[entry.index(after: colon)...]) else {
                reading.fault(
                    key, "\"\(entry.shown)\" is no limit",
                    advice:
                        "write NAME: 10/s, 50 live; entries stand between semicolons, and either limit may be left out")
                continue
            }
            let name = String(entry[..<colon]).trimmingSpaces
            if name.isEmpty || name.contains(where: \.isWhitespace) || (name == everyOther && key == .trunkLimits) {
                reading.fault(
                    key, "\"\(name.shown)\" is no \(key == .trunkLimits ? "id of a trunk" : "name of an organization")",
                    advice: key == .trunkLimits ? "write an id of LiveKit's, as ST_abc123" : "write its name, or *")
            } else if limits[name] != nil {
                reading.fault(key, "\"\(name.shown)\" is there twice", advice: "remove one of them")
            } else {
                limits[name] = limit
            }
        }
        return limits
    }

    /// `10/s`, `50 live`, or both.
    private static func limit(_ text: Substring) -> GateLimit? {
        var limit = GateLimit()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = String(part).trimmingSpaces
            if word.hasSuffix("/s"), limit.callsPerSecond == nil {
                guard let rate = Double(word.dropLast(2)), Agent.rates.contains(rate) else { return nil }
                limit.callsPerSecond = rate
            } else if word.hasSuffix(" live"), limit.maxLive == nil {
                guard let live = Int(word.dropLast(5)), Agent.concurrencies.contains(live) else { return nil }
                limit.maxLive = live
            } else {
                return nil
            }
        }
        return limit
    }

    static func described(_ limits: [String: GateLimit]) -> String {
        if limits.isEmpty { return "not set" }
        return limits.sorted { $0.key < $1.key }.map { name, limit in
            let rate = limit.callsPerSecond.map { $0 == $0.rounded() ? "\(Int($0))/s" : "\($0)/s" }
            return "\(name): " + [rate, limit.maxLive.map { "\($0) live" }].compactMap { $0 }.joined(separator: ", ")
        }.joined(separator: "; ")
    }
}
