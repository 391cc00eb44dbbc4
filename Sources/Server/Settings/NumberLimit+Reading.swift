import CallCore

extension NumberLimit {
    /// As a setting has it: `3/24h`.
    init?(_ reading: inout SettingsReading) {
        guard let text = reading.text(.numberLimit)?.lowercased(), text != "off" else { return nil }
        guard let limit = NumberLimit(text) else {
            reading.fault(
                .numberLimit, "\"\(text.shown)\" is no number of dials in a time",
                advice: "write 1 to 1000 dials in 1 minute to 30 days: 3/24h, 1/30m, 10/7d, or off")
            return nil
        }
        self = limit
    }

    private init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let dials = Self.whole(parts[0]), Self.counts.contains(dials),
            let unit = parts[1].last.flatMap({ Self.units[$0] }), let count = Self.whole(parts[1].dropLast()),
            count <= 100_000, Self.windows.contains(.seconds(count * unit))
        else { return nil }
        self.init(dials: dials, window: .seconds(count * unit))
    }

    private static let units: [Character: Int] = ["m": 60, "h": 3600, "d": 86_400]

    private static func whole(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}

extension NumberLimit {
    /// As it is written in the setting.
    var described: String {
        let minutes = Int(window / .seconds(60))
        let unit = ["d": 1440, "h": 60].filter { minutes % $0.value == 0 }.max { $0.value < $1.value }
        return "\(dials)/\(minutes / (unit?.value ?? 1))\(unit?.key ?? "m")"
    }
}
