package import CallCore

/// A request that its client may repeat (`Idempotency-Key`): carried out once, and answered the same way ever after.
///
/// It goes with the change into the store's transaction: there its slot is taken and its answer written together with the
/// change, or nothing is. So a crash leaves either a change with its answer or neither, and the insert is the lock.
package struct Once: Sendable, Equatable {
    /// Where an answer is kept: the same word of another key, or for another route, is another request.
    package struct Slot: Sendable, Hashable {
        package let key: KeyID
        package let method: String
        package let path: String
        /// The value of `Idempotency-Key`.
        package let word: String

        package init(key: KeyID, method: String, path: String, word: String) {
            self.key = key
            self.method = method
            self.path = path
            self.word = word
        }
    }

    package let slot: Slot
    /// The SHA-256 of the body: the same slot with another one is a mistake of the client's.
    package let digest: [UInt8]
    /// When it was asked: answers that have expired by then do not count.
    package let at: Moment
    /// The answer that is kept, made of what was done.
    ///
    /// Pure: it runs inside the transaction, possibly twice.
    package let answer: @Sendable (Done) -> StoredAnswer

    package init(
        slot: Slot, digest: [UInt8], at: Moment, answer: @escaping @Sendable (Done) -> StoredAnswer
    ) {
        self.slot = slot
        self.digest = digest
        self.at = at
        self.answer = answer
    }

    /// How long an answer is kept: clients repeat within minutes, queues of failed jobs within a day.
    package static let keptFor: Duration = .seconds(25 * 3600)

    package var expiresAt: Moment { at + Self.keptFor }

    package static func == (left: Once, right: Once) -> Bool {
        left.slot == right.slot && left.digest == right.digest && left.at == right.at
    }
}

/// What a client's request came to, as it stands in the transaction.
package enum Done: Sendable {
    case scheduled(CallRecord)
    case batch(Batch)
    case cancelled(Call)
    case agent(Agent)
    case organization(Organization)
    case key(APIKey)
    case stop(StopRecord)
    case operation(OperationRecord)
    case suppressed(Suppressed)
    case lifted(SuppressedNumber)
}

/// An answer as it was first given.
package struct StoredAnswer: Sendable, Equatable {
    /// The HTTP status.
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// Why a request was not carried out again.
package enum Repetition: Sendable, Equatable {
    /// It was done before; this is what it was answered.
    case answered(StoredAnswer)
    /// Its slot belongs to a request with another body.
    case anotherBody
}
