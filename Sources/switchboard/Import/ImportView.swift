import Foundation

/// Shows how far an import is: a bar on a screen, a line for each request in a pipe; bad rows as complaints, whatever is shown besides.
struct ImportView {
    private let terminal = Terminal()
    /// The API's own JSON is printed, and nothing else.
    private let isSilent: Bool
    private var isDrawn = false

    init(isSilent: Bool) { self.isSilent = isSilent }

    /// A bar for what was read of the file, and `words` behind it.
    mutating func show(_ words: String, of file: CSVFile) {
        guard terminal.isScreen, !isSilent else { return }
        let text = " \(words)"
        let width = file.size == nil ? 0 : max(0, min(40, terminal.size.columns - text.count - 3))
        let share = min(1, Double(file.read) / Double(max(1, file.size ?? 1)))
        let filled = min(width, Int((Double(width) * share).rounded(.down)))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        Terminal.print("\r\u{1B}[K\(bar)\(text)", terminator: "")
        isDrawn = true
    }

    /// Something that went wrong, or that must be known if it does.
    mutating func say(_ text: String) {
        clear()
        Terminal.complain(text)
    }

    /// What was done.
    mutating func tell(_ text: String) {
        guard !isSilent else { return }
        clear()
        Terminal.print(text)
    }

    func hand(_ answer: APIClient.Answer) {
        if isSilent { Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
    }

    private mutating func clear() {
        if isDrawn { Terminal.print("\r\u{1B}[K", terminator: "") }
        isDrawn = false
    }
}
