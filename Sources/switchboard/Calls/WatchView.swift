import Foundation

/// Shows calls again and again.
protocol WatchView {
    /// Whether anything was shown yet.
    var hasShown: Bool { get }
    mutating func show(_ calls: [CallRow])
}

/// Draws a table over the one before.
struct ScreenView: WatchView {
    private(set) var hasShown = false
    private let terminal: Terminal
    private var drawn = 0

    init(_ terminal: Terminal) { self.terminal = terminal }

    mutating func show(_ calls: [CallRow]) {
        let (rows, columns) = terminal.size
        // What scrolls off the screen cannot be drawn over, so open calls come first and the rest is counted.
        let room = max(1, rows - 4)
        let shown =
            calls.count <= room ? calls : Array((calls.filter(\.isOpen) + calls.filter { !$0.isOpen }).prefix(room))
        var lines = CallTable(hasColour: terminal.hasColour).lines(shown).map { $0.cut(to: columns - 1) }
        lines.append("")
        let hidden = calls.count - shown.count
        lines.append(Self.summary(of: calls) + (hidden > 0 ? ", \(hidden) not shown" : ""))
        let up = drawn > 0 ? "\u{1B}[\(drawn)A\r" : ""
        Terminal.print(up + "\u{1B}[J" + lines.joined(separator: "\n"))
        drawn = lines.count
        hasShown = true
    }

    static func summary(of calls: [CallRow]) -> String {
        let counts = Dictionary(grouping: calls, by: \.status).mapValues(\.count)
        let known = CallRow.statuses.compactMap { status in counts[status].map { "\($0) \(status)" } }
        return "\(calls.count) calls: " + (known.isEmpty ? "none" : known.joined(separator: ", "))
    }
}

/// Prints a line for every change, for pipes and logs.
struct LineView: WatchView {
    private(set) var hasShown = false
    private let json: Bool
    private var seen: [String: String] = [:]

    init(json: Bool) { self.json = json }

    mutating func show(_ calls: [CallRow]) {
        for call in calls where seen[call.id] != call.status {
            seen[call.id] = call.status
            if json {
                let change = ["id": call.id, "status": call.status, "phoneNumber": call.phoneNumber ?? ""]
                if let data = try? JSONSerialization.data(
                    withJSONObject: change, options: [.sortedKeys, .withoutEscapingSlashes])
                {
                    Terminal.print(String(decoding: data, as: UTF8.self))
                }
            } else {
                let why = call.failureReason ?? call.outcome
                Terminal.print(
                    "\(call.id.harmless) \((call.phoneNumber ?? "").harmless) \(call.status.harmless)"
                        + (why.map { " (\($0.harmless))" } ?? ""))
            }
        }
        if !json, !calls.contains(where: \.isOpen) { Terminal.print(ScreenView.summary(of: calls)) }
        hasShown = true
    }
}

extension String {
    /// At most so many columns; the letters of a colour take none.
    fileprivate func cut(to columns: Int) -> String {
        var result = ""
        var width = 0
        var isEscape = false
        for character in self {
            if character == "\u{1B}" { isEscape = true }
            if !isEscape {
                guard width < columns else { return result + (contains("\u{1B}") ? "\u{1B}[0m" : "") }
                width += 1
            } else if character == "m" {
                isEscape = false
            }
            result.append(character)
        }
        return result
    }
}
