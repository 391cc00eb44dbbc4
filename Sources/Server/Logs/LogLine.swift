import CallCore
import Logging

/// One event, ready to be written in either form.
///
/// Nothing in it can end the line or move a terminal's cursor.
struct LogLine {
    let milliseconds: Int64
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata

    /// `2026-03-01T09:30:00.000Z info call placed call=call_1`.
    var text: [UInt8] {
        var line = "\(Moment(milliseconds: milliseconds)) \(level.rawValue) "
        Self.escape(message, into: &line, quote: false)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " "
            Self.escape(key, into: &line, quote: false)
            line += "="
            let text = value.description
            let needsQuotes = text.isEmpty || text.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0 == "\\" }
            if needsQuotes { line += "\"" }
            Self.escape(text, into: &line, quote: needsQuotes)
            if needsQuotes { line += "\"" }
        }
        line += "\n"
        return Array(line.utf8)
    }

    /// An object of time, level, message and every metadata key; keys that would hide these three get an underscore.
    var json: [UInt8] {
        var line = "{\"time\":\"\(Moment(milliseconds: milliseconds))\",\"level\":\"\(level.rawValue)\",\"message\":"
        Self.string(message, into: &line)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += ","
            Self.string(["time", "level", "message"].contains(key) ? key + "_" : key, into: &line)
            line += ":"
            Self.value(value, into: &line)
        }
        line += "}\n"
        return Array(line.utf8)
    }

    private static func value(_ value: Logger.Metadata.Value, into line: inout String) {
        switch value {
        case .string(let text): string(text, into: &line)
        case .stringConvertible(let thing): string(thing.description, into: &line)
        case .array(let values):
            line += "["
            for (index, value) in values.enumerated() {
                if index > 0 { line += "," }
                Self.value(value, into: &line)
            }
            line += "]"
        case .dictionary(let values):
            line += "{"
            for (index, pair) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += "," }
                string(pair.key, into: &line)
                line += ":"
                Self.value(pair.value, into: &line)
            }
            line += "}"
        }
    }

    private static func string(_ text: String, into line: inout String) {
        line += "\""
        escape(text, into: &line, quote: true)
        line += "\""
    }

    /// Escapes as JSON does; with `quote` the quote and the backslash, too.
    private static func escape(_ text: String, into line: inout String, quote: Bool) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case "\"" where quote: line += "\\\""
            case "\\" where quote: line += "\\\\"
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}":
                let digits = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: line.unicodeScalars.append(scalar)
            }
        }
    }
}
