package import CallControl
import CallCore

/// A row of `answers`: what a request that may be repeated was answered.
package enum StoredOnce {
    package static let slotColumns: Columns = "key, method, path, word"

    package static func slotValues(_ once: Once) -> StoredValues {
        [once.slot.key.rawValue, once.slot.method, once.slot.path, once.slot.word]
    }

    package static let columns: Columns = "digest, status, body"

    /// What the request is told, of the row in its slot.
    package static func repetition(_ row: some StoredRow, of once: Once) -> Repetition {
        guard row.bytes(0) == once.digest else { return .anotherBody }
        return .answered(StoredAnswer(status: Int(row.number(1)), body: row.bytes(2)))
    }

    package static let insertColumns = slotColumns + columns + "expires"

    package static func insertValues(_ once: Once, answer: StoredAnswer) -> StoredValues {
        slotValues(once) + [once.digest, answer.status, answer.body, once.expiresAt]
    }
}

/// The request of a member of a batch was carried out before; the member has written nothing.
package struct Repeated: Error {
    package let repetition: Repetition
    package init(_ repetition: Repetition) { self.repetition = repetition }
}
