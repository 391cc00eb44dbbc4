import Foundation
import TextTable

/// Calls as rows of text; the status in colour where the terminal has any.
struct CallTable {
    let hasColour: Bool

    private let table = TextTable<CallRow> { call in
        [
            Column(title: "ID", value: call.id.harmless),
            // As wide as the longest status, so that a redrawn table does not jump.
            Column(title: "STATUS", value: call.status.harmless, width: 9),
            Column(title: "PHONE", value: (call.phoneNumber ?? call.contact?.phone ?? "").harmless),
            Column(title: "SECONDS", value: call.duration.map { "\($0)" } ?? "", align: .right),
            Column(title: "OUTCOME", value: (call.failureReason ?? call.outcome ?? "").harmless),
            // Last, because a narrow screen cuts them off.
            Column(title: "SCHEDULED", value: (call.scheduledAt ?? call.createdAt ?? "").harmless),
            Column(title: "AGENT", value: (call.agent?.name ?? "").harmless, width: 20),
        ]
    }

    init(hasColour: Bool) { self.hasColour = hasColour }

    /// Heading, rule and one line a call; empty for no calls.
    func lines(_ calls: [CallRow]) -> [String] {
        guard let text = table.string(for: calls, style: Style.plain) else { return [] }
        var lines = text.split(separator: "\n").map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
        // The table is drawn plain first, because it would count the letters of a colour as width.
        if hasColour, let heading = lines.first, let start = heading.range(of: "STATUS") {
            let offset = heading.distance(from: heading.startIndex, to: start.lowerBound)
            for index in lines.indices.dropFirst() { lines[index] = Self.colour(lines[index], at: offset) }
        }
        return lines
    }

    private static func colour(_ line: String, at offset: Int) -> String {
        let before = line.prefix(offset)
        let rest = line.dropFirst(offset)
        let status = rest.prefix { $0 != " " }
        return before + StatusColour.paint(String(status)) + rest.dropFirst(status.count)
    }
}

/// One colour for each status.
enum StatusColour {
    static func paint(_ status: String) -> String {
        guard let code = code(of: status) else { return status }
        return "\u{1B}[\(code)m\(status)\u{1B}[0m"
    }

    private static func code(of status: String) -> String? {
        switch status {
        case "initiated": "36"
        case "connecting": "34"
        case "ringing": "33"
        case "active": "1;32"
        case "completed": "32"
        case "cancelled": "35"
        case "failed": "31"
        case "busy", "no_answer": "33;2"
        default: nil
        }
    }
}
