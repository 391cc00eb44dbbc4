import Foundation

/// Shows how far an import is: a bar on a screen, a line for each batch in a pipe; bad rows as complaints, whatever is shown besides.
struct BatchView {
    /// Bytes of the file that were read.
    var read = 0

    private let terminal = Terminal()
    /// The API's own JSON is printed, and nothing else.
    private let isSilent: Bool
    private let isDryRun: Bool
    /// Of the file, where it has one.
    private let size: Int?
    private var isDrawn = false

    init(isSilent: Bool, isDryRun: Bool, size: Int?) {
        self.isSilent = isSilent
        self.isDryRun = isDryRun
        self.size = size
    }

    mutating func show(_ tally: BatchImport.Tally) {
        guard terminal.isScreen, !isSilent else { return }
        let verb = isDryRun ? "good" : "scheduled"
        let text = " \(tally.scheduled) rows \(verb), \(tally.refused) refused"
        let width = size == nil ? 0 : max(0, min(40, terminal.size.columns - text.count - 3))
        let share = min(1, Double(read) / Double(max(1, size ?? 1)))
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

    mutating func end(_ tally: BatchImport.Tally) {
        guard !isSilent else { return }
        clear()
        let all = tally.scheduled + tally.refused
        Terminal.print(
            isDryRun
                ? "\(tally.scheduled) of \(all) rows are good, \(tally.refused) are not; nothing was scheduled"
                : "\(tally.scheduled) of \(all) rows scheduled in \(tally.batches) batches, \(tally.refused) refused")
    }

    private mutating func clear() {
        if isDrawn { Terminal.print("\r\u{1B}[K", terminator: "") }
        isDrawn = false
    }
}
