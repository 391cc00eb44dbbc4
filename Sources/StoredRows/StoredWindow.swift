import CallCore

/// The windows of a call as one column: "days start end zone", with a line for each; the days as bits, Monday's the lowest, and 128 for one
/// that holds beside the others.
enum StoredWindow {
    /// As the window of an agent or an organization is written; nil: it has none.
    static func text(_ window: CallWindow?) -> String? { window.map(line) }

    /// The window of an agent or an organization.
    static func window(_ text: String?) throws -> CallWindow? {
        guard let text else { return nil }
        guard let window = window(text[...]) else { throw Corrupt("call window \(text)") }
        return window
    }

    /// Nil where there is none.
    static func text(_ windows: [CallWindow]) -> String? {
        windows.isEmpty ? nil : windows.map(line).joined(separator: "\n")
    }

    static func windows(_ text: String) throws -> [CallWindow] {
        try text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let window = window(line) else { throw Corrupt("call window \(line)") }
            return window
        }
    }

    private static func line(_ window: CallWindow) -> String {
        let days = window.days.reduce(window.isAddition ? addition : 0) { $0 | 1 << $1.rawValue }
        return "\(days) \(window.start) \(window.end) \(window.zone.name)"
    }

    private static func window(_ line: Substring) -> CallWindow? {
        let parts = line.split(separator: " ")
        guard parts.count == 4, let days = Int(parts[0]), let start = Int(parts[1]), let end = Int(parts[2])
        else { return nil }
        return CallWindow(
            days: Set(CallWindow.Weekday.allCases.filter { days & 1 << $0.rawValue != 0 }), start: start, end: end,
            zone: Zone(accepted: String(parts[3])), isAddition: days & addition != 0)
    }

    private static let addition = 128
}
