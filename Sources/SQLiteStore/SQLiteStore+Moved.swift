package import CallControl
import Foundation
import GRDB

// A file whose calls were moved to a PostgreSQL: a server on it would dial a second time what waits there.
extension SQLiteStore {
    /// Writes down, durably, that a file's calls live elsewhere now, or that they do not after all; refused beside a server.
    ///
    /// The file's own `user_version`, which nothing else uses, holds it: programs that know nothing of it read the file as before.
    package static func mark(_ path: String, moved: Bool) throws(StoreFailure) {
        guard FileManager.default.fileExists(atPath: path) else { throw .unavailable("there is no \(path)") }
        let lock = try FileLock(path + ".lock")
        do {
            try withExtendedLifetime(lock) {
                let queue = try DatabaseQueue(path: path)
                try queue.writeWithoutTransaction { db in
                    try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA user_version = \(moved ? 1 : 0)")
                }
            }
        } catch {
            throw StoreFailure(error)
        }
    }

    static func refuseMoved(_ db: Database) throws {
        guard try Int.fetchOne(db, sql: "PRAGMA user_version") == 1 else { return }
        throw StoreFailure.unavailable(
            """
            its calls were moved to a PostgreSQL, and a server here would dial again what waits there: set DATABASE_URL to that one. \
            If no server has run there, `switchboard copy --take-back` makes this file the one again
            """)
    }
}
