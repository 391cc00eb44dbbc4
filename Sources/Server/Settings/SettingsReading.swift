import Configuration

/// Reads values one by one and collects what is wrong with them, instead of stopping at the first.
struct SettingsReading {
    let config: ConfigReader
    private(set) var faults: [SettingsFault.Fault] = []

    init(config: ConfigReader) { self.config = config }

    /// The value without spaces around it; nil where it is missing or empty.
    mutating func text(_ key: SettingKey) -> String? {
        guard let raw = config.string(forKey: key.configKey, isSecret: key.isSecret) else { return nil }
        let value = raw.trimmingSpaces
        if let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote {
            fault(key, "stands in quotes, and they would be part of the value", advice: "write it without them")
            return nil
        }
        return value.isEmpty ? nil : value
    }

    mutating func whole(_ key: SettingKey, in range: ClosedRange<Int>, default standard: Int, advice: String? = nil)
        -> Int
    {
        guard let text = text(key) else { return standard }
        if let value = Int(text), range.contains(value) { return value }
        let bounds = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        fault(key, "\"\(text.shown)\" is not \(bounds)", advice: advice ?? "the default is \(standard)")
        return standard
    }

    mutating func number(
        _ key: SettingKey, default standard: Double, saying bounds: String, where fits: (Double) -> Bool
    )
        -> Double
    {
        guard let text = text(key) else { return standard }
        if let value = Double(text), value.isFinite, fits(value) { return value }
        fault(key, "\"\(text.shown)\" is not \(bounds)", advice: "the default is \(Int(standard))")
        return standard
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: SettingKey, default standard: Choice)
        -> Choice
    {
        guard let text = text(key) else { return standard }
        if let value = Choice(rawValue: text.lowercased()) { return value }
        let known = Choice.allCases.map(\.rawValue)
        fault(
            key, "\"\(text.shown)\" is none of \(known.joined(separator: ", "))",
            advice: Spelling.nearest(to: text.lowercased(), in: known).map { "did you mean \($0)?" }
                ?? "the default is \(standard.rawValue)")
        return standard
    }

    mutating func fault(_ key: SettingKey, _ problem: String, advice: String) {
        faults.append(.init(key.rawValue, problem, advice: advice))
    }

    mutating func add(_ more: [SettingsFault.Fault]) { faults += more }
}

extension String {
    var trimmingSpaces: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// Short and on one line, for a message.
    var shown: String {
        let line = unicodeScalars.prefix(60).map { $0.properties.generalCategory == .control ? "?" : String($0) }
        return line.joined() + (unicodeScalars.count > 60 ? "…" : "")
    }
}
