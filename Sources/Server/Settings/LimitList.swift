import CallControl
import CallCore

/// Limits by name, as a setting has them: `acme: 10/s, 50 live, weight 3; *: 5/s`.
enum LimitList {
    /// In the place of a name: every organization that has no entry of its own.
    static let everyOther = "*"

    static func read(_ key: SettingKey, _ reading: inout SettingsReading) -> [String: GateLimit] {
        guard let text = reading.text(key) else { return [:] }
        var limits: [String: GateLimit] = [:]
        for entry in text.split(separator: ";").map({ String($0).trimmingSpaces }) where !entry.isEmpty {
            guard let colon = entry.lastIndex(of: ":"), let limit = limit(entry[entry.index(after: colon)...], key)
            else {
                let example = key == .trunkLimits ? "NAME: 10/s, 50 live" : "NAME: 10/s, 50 live, weight 3"
                reading.fault(
                    key, "\"\(entry.shown)\" is no limit",
                    advice: "write \(example); entries stand between semicolons, and any part may be left out")
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

    /// `10/s`, `50 live`, for an organization `weight 3`, or some of them.
    private static func limit(_ text: Substring, _ key: SettingKey) -> GateLimit? {
        var limit = GateLimit()
        var isWeighed = false
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = String(part).trimmingSpaces
            if word.hasSuffix("/s"), limit.callsPerSecond == nil {
                guard let rate = Double(word.dropLast(2)), Agent.rates.contains(rate) else { return nil }
                limit.callsPerSecond = rate
            } else if word.hasSuffix(" live"), limit.maxLive == nil {
                guard let live = Int(word.dropLast(5)), Agent.concurrencies.contains(live) else { return nil }
                limit.maxLive = live
            } else if word.hasPrefix("weight "), !isWeighed, key == .organizationLimits {
                guard let weight = Int(word.dropFirst(7)), GateLimit.weights.contains(weight) else { return nil }
                limit.weight = weight
                isWeighed = true
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
            let weight = limit.weight == 1 ? nil : "weight \(limit.weight)"
            let parts = [rate, limit.maxLive.map { "\($0) live" }, weight].compactMap { $0 }
            return "\(name): " + (parts.isEmpty ? "weight 1" : parts.joined(separator: ", "))
        }.joined(separator: "; ")
    }
}
