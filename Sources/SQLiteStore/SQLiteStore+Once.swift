package import CallControl
package import CallCore
import GRDB
import StoredRows

// What a transaction does for a request that may be repeated: `once` before it writes anything, `keep` when the change was made.
extension SQLiteStore {
    /// Throws for a request that was carried out before.
    ///
    /// Nothing may be written before it in the transaction: whoever shares the commit goes on, with no rollback in between.
    static func once(_ caller: Caller?, _ db: Database) throws {
        guard let once = caller?.once, let repetition = try repetition(of: once, db) else { return }
        throw Repeated(repetition)
    }

    /// Writes down what the request is answered; refusals are not kept.
    static func keep(_ done: @autoclosure () -> Done, for caller: Caller?, _ db: Database) throws {
        guard let once = caller?.once else { return }
        try db.run(StoredOnce.insert, values: StoredOnce.insertValues(once, answer: once.answer(done())))
    }

    private static func repetition(of once: Once, _ db: Database) throws -> Repetition? {
        try db.row(StoredOnce.inSlot, StatementArguments(StoredOnce.slotValues(once)) + [once.at]).map {
            StoredOnce.repetition($0, of: once)
        }
    }
}

extension SQLiteStore: AnswerStore {
    package func repetition(of once: Once) async throws(StoreFailure) -> Repetition? {
        try await lookUp { try Self.repetition(of: once, $0) }
    }

    package func forgetAnswers(expiredAt now: Moment, limit: Int) async throws(StoreFailure) -> Int {
        try await commits.write { db in
            try db.run(
                """
                DELETE FROM answers WHERE (\(StoredOnce.slotColumns)) IN \
                (SELECT \(StoredOnce.slotColumns) FROM answers WHERE expires <= ? ORDER BY expires LIMIT ?)
                """, [now, limit])
            return db.changesCount
        }
    }
}

extension StoredOnce {
    // An answer that has expired may still stand there.
    fileprivate static let insert = insertColumns.insert(into: "answers", replacing: true)
    fileprivate static let inSlot =
        "SELECT \(columns) FROM answers WHERE key = ? AND method = ? AND path = ? AND word = ? AND expires > ?"
}
