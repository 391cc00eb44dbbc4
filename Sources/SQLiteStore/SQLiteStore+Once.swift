package import CallControl
package import CallCore
import Foundation
import GRDB

// What a transaction does for a request that may be repeated: `once` before it writes anything, `keep` when the change was made.
extension SQLiteStore {
    /// Throws for a request that was carried out before.
    ///
    /// Nothing may be written before it in the transaction: whoever shares the commit goes on, with no rollback in between.
    static func once(_ caller: Caller?, _ db: Database) throws {
        guard let once = caller?.once, let repetition = try repetition(of: once, db) else { return }
        throw Repeated(repetition: repetition)
    }

    /// Writes down what the request is answered; refusals are not kept.
    static func keep(_ done: @autoclosure () -> Done, for caller: Caller?, _ db: Database) throws {
        guard let once = caller?.once else { return }
        let answer = once.answer(done())
        // An answer that has expired may still stand there.
        try db.run(
            """
            INSERT OR REPLACE INTO answers (key, method, path, word, digest, status, body, expires) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                once.slot.key.rawValue, once.slot.method, once.slot.path, once.slot.word, Data(once.digest),
                answer.status, Data(answer.body), once.expiresAt.milliseconds,
            ])
    }

    private static func repetition(of once: Once, _ db: Database) throws -> Repetition? {
        guard
            let row = try db.row(
                """
                SELECT digest, status, body FROM answers \
                WHERE key = ? AND method = ? AND path = ? AND word = ? AND expires > ?
                """,
                [
                    once.slot.key.rawValue, once.slot.method, once.slot.path, once.slot.word, once.at.milliseconds,
                ])
        else { return nil }
        guard let digest = row[0] as Data?, Array(digest) == once.digest else { return .anotherBody }
        return .answered(StoredAnswer(status: Int(row.number(1)), body: (row[2] as Data?).map(Array.init) ?? []))
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
                DELETE FROM answers WHERE (key, method, path, word) IN \
                (SELECT key, method, path, word FROM answers WHERE expires <= ? ORDER BY expires LIMIT ?)
                """, [now.milliseconds, limit])
            return db.changesCount
        }
    }
}

/// The request of a member of a batch was carried out before; the member has written nothing.
struct Repeated: Error {
    let repetition: Repetition
}
