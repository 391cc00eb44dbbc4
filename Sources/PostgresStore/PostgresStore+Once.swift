package import CallControl
package import CallCore
import StoredRows

// What a transaction does for a request that may be repeated: `once` before it writes anything, `keep` when the change was made.
extension Transaction {
    /// Throws for a request that was carried out before.
    func once(_ caller: Caller?) async throws {
        guard let once = caller?.once, let repetition = try await repetition(of: once) else { return }
        throw Repeated(repetition)
    }

    /// Writes down what the request is answered; refusals are not kept.
    ///
    /// Where another node has done the same meanwhile, this fails, and the request finds the other's answer when it is tried alone.
    func keep(_ done: @autoclosure () -> Done, for caller: Caller?) {
        guard let once = caller?.once else { return }
        let values = StoredOnce.slotValues(once)
        // An answer that has expired may still stand there.
        write(
            "DELETE FROM answers WHERE key = $1 AND method = $2 AND path = $3 AND word = $4 AND expires <= $5",
            values + [once.at])
        write(Self.insertAnswer, StoredOnce.insertValues(once, answer: once.answer(done())))
    }

    private static let insertAnswer = Statement.insert(into: "answers", StoredOnce.insertColumns)

    func repetition(of once: Once) async throws -> Repetition? {
        try await row(
            """
            SELECT \(StoredOnce.columns) FROM answers \
            WHERE key = $1 AND method = $2 AND path = $3 AND word = $4 AND expires > $5
            """, StoredOnce.slotValues(once) + [once.at]
        ).map { StoredOnce.repetition($0, of: once) }
    }
}

extension PostgresStore: AnswerStore {
    package func repetition(of once: Once) async throws(StoreFailure) -> Repetition? {
        try await lookUp { try await $0.repetition(of: once) }
    }

    package func forgetAnswers(expiredAt now: Moment, limit: Int) async throws(StoreFailure) -> Int {
        try await write(.many) { db in
            try await db.change(
                """
                DELETE FROM answers WHERE (key, method, path, word) IN (SELECT key, method, path, word FROM answers \
                WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)
                """, [now, limit]
            ).changed
        }
    }
}
