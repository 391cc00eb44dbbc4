import CallControl
import CallCore

/// The calls that an operation comes to in one transaction, and where the next one begins.
package struct OperationChunk: Sendable {
    package let calls: [Item]
    /// Nil: there is nothing after this.
    package let next: StoredOperation.Place?

    /// Live calls, no more than `ChunkSize.live`, in any order: their phones ring or talk while the queue is being cleared.
    ///
    /// Each is live no more as it is hung up, so that the next chunk begins where this one did. `found` counts those as well that
    /// went back to waiting before they could be locked: they are come to with the others that wait.
    package init(live rows: [some StoredRow], found: Int, of operation: StoredOperation) {
        calls = rows.map { Item($0, of: operation) }
        next = StoredOperation.Place(stage: found < ChunkSize.live ? 1 : 0, cursor: 0)
    }

    /// Calls that are not over, no more than `ChunkSize.calls`, in the order of their keys, those after `end` left out.
    package init(open rows: [some StoredRow], upTo end: Int64, of operation: StoredOperation) {
        calls = Self.cut(rows.map { Item($0, of: operation) })
        let isWhole = calls.count == rows.count && rows.count < ChunkSize.calls
        let reached = isWhole ? end : calls.last?.key ?? end
        next = reached < operation.horizon ? StoredOperation.Place(stage: 1, cursor: reached) : nil
    }

    /// Calls of a list of ids, no more than `ChunkSize.calls`, in its order, no further than to the end of a block.
    package init(listed rows: [some StoredRow], of operation: StoredOperation) {
        calls = Self.cut(rows.map { Item($0, of: operation) })
        let reached = operation.place.cursor + Int64(calls.count)
        let isOver = reached >= operation.horizon || calls.isEmpty
        next = isOver ? nil : StoredOperation.Place(stage: 1, cursor: reached)
    }

    /// Up to the last call that this transaction has time for.
    private static func cut(_ items: [Item]) -> [Item] {
        var live = 0
        for (index, item) in items.enumerated() where item.fate == .cancelLive {
            live += 1
            if live == ChunkSize.live { return Array(items[...index]) }
        }
        return items
    }

    /// Those that wait and are cancelled, all at once.
    package var keysToCancel: [Int64] { calls.filter { $0.fate == .cancelWaiting }.compactMap(\.key) }

    /// Those that wait and are held, all at once.
    package var keysToHold: [Int64] { calls.filter { $0.fate == .hold && $0.isWaiting }.compactMap(\.key) }

    /// Those that are left to come to their end, all at once: where the queue is cancelled, it is not to have them again.
    package func keysWithoutRetry(_ operation: StoredOperation) -> [Int64] {
        operation.queue == .cancel ? calls.filter { $0.fate == .leave }.compactMap(\.key) : []
    }
}

/// How much one transaction of an operation does: others wait for it no longer than for a batch of their own kind.
package enum ChunkSize {
    /// Calls that are come to.
    package static let calls = 250
    /// Calls with an attempt under way, which the rule in Swift decides one by one.
    package static let live = 64
    /// Calls that are looked at, where a filter wants few of them.
    package static let looks = 4000
}
