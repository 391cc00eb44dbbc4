package import CallControl
import CallCore
import GRDB
import NIOConcurrencyHelpers
import StoredRows

/// The embedded store: one SQLite file in WAL mode, synced in full at every commit, or one in memory for tests.
package final class SQLiteStore: Sendable {
    /// Where the database is.
    package enum Location: Sendable, Equatable {
        case file(String)
        case memory
    }

    let writer: any DatabaseWriter
    let commits: GroupCommit
    /// A connection of its own for the one question that every request begins with; nil in memory.
    private let keyReader: DatabaseQueue?
    /// A connection of its own for the dispatcher's look at what comes next; nil in memory.
    private let wakeReader: DatabaseQueue?
    /// The database where it is in memory: reads are done where they are asked.
    private let memory: DatabaseQueue?
    private let lock: FileLock?
    /// Of one process, which is all that dials from here.
    let starts = NIOLockedValueBox(StartLogs())

    /// Opens and migrates.
    ///
    /// `exclusive`: as the one server of this database; a second one is refused.
    package init(
        _ location: Location, exclusive: Bool = false,
        installation: @autoclosure () -> String = Identifiers().base62(6)
    ) throws(StoreFailure) {
        do {
            var configuration = Configuration()
            // Another process may write beside us, for example `switchboard keys`: wait for it rather than fail; but not for long,
            // because a DELETE that cannot be written hangs up without that.
            configuration.busyMode = .timeout(1)
            configuration.maximumReaderCount = 4
            configuration.prepareDatabase { db in
                try db.execute(
                    sql: """
                        PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000;
                        PRAGMA wal_autocheckpoint = 4000
                        """)
            }
            switch location {
            case .memory:
                lock = nil
                keyReader = nil
                wakeReader = nil
                let queue = try DatabaseQueue(configuration: configuration)
                try Schema.migrate(queue)
                writer = queue
                memory = queue
            case .file(let path):
                lock = exclusive ? try FileLock(path + ".lock") : nil
                let pool = try DatabasePool(path: path, configuration: configuration)
                // GRDB sets NORMAL with WAL; what was acknowledged must survive the power as well.
                try pool.writeWithoutTransaction {
                    try $0.execute(sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -16000")
                }
                if exclusive { try pool.read { try Self.refuseMoved($0) } }
                try Schema.migrate(pool)
                writer = pool
                memory = nil
                configuration.readonly = true
                keyReader = try DatabaseQueue(path: path, configuration: configuration)
                wakeReader = try DatabaseQueue(path: path, configuration: configuration)
            }
            let id = installation()
            try writer.write { try $0.run("INSERT OR IGNORE INTO installation (one, id) VALUES (1, ?)", [id]) }
            commits = GroupCommit(writer, inPlace: memory != nil)
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw StoreFailure(error)
        }
    }

    /// One read on a snapshot of its own.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        if let memory { return try Self.ask(memory, body) }
        do {
            return try await writer.read(body)
        } catch {
            throw StoreFailure(error)
        }
    }

    /// A look-up by primary key, done where it is asked.
    ///
    /// It takes some 20 µs, and a change of threads there and back takes longer; its connection is never busy with anything else.
    func lookUp<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        guard let keyReader else { return try await read(body) }
        return try Self.ask(keyReader, body)
    }

    /// The dispatcher's look at what comes next, done where it is asked, for the same reason.
    ///
    /// It stands between a call's due time and its dial. One statement only, some tens of microseconds.
    func glance<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        guard let wakeReader else { return try await read(body) }
        return try Self.ask(wakeReader, body)
    }

    private static func ask<Value>(
        _ reader: DatabaseQueue, _ body: (Database) throws -> Value
    ) throws(StoreFailure) -> Value {
        do {
            return try reader.unsafeRead(body)
        } catch {
            throw StoreFailure(error)
        }
    }

    /// The level of `PRAGMA synchronous` on the writer: 2 is FULL.
    package func synchronousLevel() async throws(StoreFailure) -> Int64 {
        try await commits.write { try $0.integer("PRAGMA synchronous") ?? -1 }
    }
}
