/// Shows how far an operation has come: a bar on a screen, nothing in a pipe, and a last line in either.
struct OperationView {
    private let terminal: Terminal
    private var isDrawn = false

    init(_ terminal: Terminal) { self.terminal = terminal }

    mutating func show(_ operation: OperationRow) {
        guard terminal.isScreen else { return }
        let (_, columns) = terminal.size
        let phones = operation.terminationsPending + operation.terminationsVerified
        // Before it is done nobody knows how many calls there will be; after that, phones are what is waited for.
        let share =
            operation.done ? phones == 0 ? 1 : Double(operation.terminationsVerified) / Double(phones) : 0
        let text =
            " \(operation.cancelled) cancelled, \(operation.terminationsVerified) of \(phones) phones verified silent"
        let width = max(0, min(40, columns - text.count - 3))
        let filled = Int((Double(width) * share).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        Terminal.print("\r\u{1B}[K\(bar)\(text)", terminator: "")
        isDrawn = true
    }

    /// The last word; whatever is behind it is not known to be silent.
    mutating func end(_ operation: OperationRow) {
        if isDrawn { Terminal.print("\r\u{1B}[K", terminator: "") }
        isDrawn = false
        var words = ["\(operation.cancelled) of \(operation.matched) calls cancelled"]
        if operation.notCancellable > 0 { words.append("\(operation.notCancellable) not") }
        words.append("\(operation.terminationsVerified) phones verified silent")
        if operation.terminationsPending > 0 { words.append("\(operation.terminationsPending) NOT YET") }
        if !operation.done { words.append("still going on") }
        Terminal.print(words.joined(separator: ", "))
    }
}
