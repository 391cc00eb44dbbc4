/// A binary heap of things to do at given milliseconds; equal deadlines come out in the order in which they went in.
package struct DeadlineHeap<Element: Sendable>: Sendable {
    private struct Entry: Sendable {
        let deadline: Int64
        let order: Int
        let element: Element

        func precedes(_ other: Entry) -> Bool {
            deadline != other.deadline ? deadline < other.deadline : order < other.order
        }
    }

    private var entries: [Entry] = []
    private var pushed = 0

    package init() {}

    package var count: Int { entries.count }

    /// The earliest deadline, or nil when there is nothing to do.
    package var next: Int64? { entries.first?.deadline }

    package mutating func push(_ element: Element, at deadline: Int64) {
        entries.append(Entry(deadline: deadline, order: pushed, element: element))
        pushed += 1
        rise(from: entries.count - 1)
    }

    /// Takes out the earliest element whose deadline has come.
    package mutating func pop(due now: Int64) -> (deadline: Int64, element: Element)? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink(from: 0)
        }
        return (first.deadline, first.element)
    }

    /// Drops what nobody waits for any more.
    ///
    /// Costs one pass over everything, so call it seldom.
    package mutating func keep(where isWanted: (Element) -> Bool) {
        entries = entries.filter { isWanted($0.element) }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) {
            sink(from: index)
        }
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].precedes(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink(from start: Int) {
        var parent = start
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].precedes(entries[first]) { first = child }
            }
            guard first != parent else { return }
            entries.swapAt(parent, first)
            parent = first
        }
    }
}
