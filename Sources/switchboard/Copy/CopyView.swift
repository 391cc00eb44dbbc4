import Server

/// Shows how far a copy has come: a bar on a screen, a line for each table in a pipe.
struct CopyView {
    private let terminal = Terminal()
    private var last: DatabaseCopy.Progress?

    mutating func show(_ progress: DatabaseCopy.Progress) {
        defer { last = progress }
        let verb = progress.stage == .copying ? "copying" : "comparing"
        guard terminal.isScreen else {
            if last?.table != progress.table || last?.stage != progress.stage {
                Terminal.print("\(verb) \(progress.table)")
            }
            return
        }
        let text = " \(verb) \(progress.table): \(progress.done) of \(progress.total) rows"
        let width = max(0, min(40, terminal.size.columns - text.count - 3))
        let share = progress.total == 0 ? 1 : Double(progress.done) / Double(progress.total)
        let filled = min(width, Int((Double(width) * share).rounded(.down)))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        Terminal.print("\r\u{1B}[K\(bar)\(text)", terminator: "")
    }

    /// Leaves the line free for what comes behind it.
    func end() { if terminal.isScreen, last != nil { Terminal.print("\r\u{1B}[K", terminator: "") } }
}
