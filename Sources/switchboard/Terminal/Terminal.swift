import Foundation
import Glibc

/// Where the output goes, and what it can show there.
struct Terminal {
    /// Whether the output is a screen that can be drawn again.
    let isScreen: Bool
    let hasColour: Bool

    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        isScreen = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        // NO_COLOR counts when it is there and not empty, whatever it says.
        hasColour = isScreen && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Rows and columns of the screen; a small one where it cannot be asked.
    var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Writes to standard output at once: who reads along through a pipe sees it now.
    static func print(_ text: String, terminator: String = "\n") { write(text + terminator, to: STDOUT_FILENO) }

    /// Writes a complaint to standard error.
    static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to file: Int32) {
        Array(text.utf8).withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }
}

extension String {
    /// Without characters that could move the cursor or change the screen: names come from strangers.
    var harmless: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }))
    }
}
