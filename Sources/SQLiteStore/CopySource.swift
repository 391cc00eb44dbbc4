package import CallControl
import Foundation
import GRDB
package import StoredRows

/// A file that no server uses, read table by table in one snapshot, to be moved elsewhere.
///
/// Nothing in it is changed. Whoever holds this keeps servers away from it.
package final class CopySource {
    private let lock: FileLock
    private let queue: DatabaseQueue

    package init(_ path: String) throws(StoreFailure) {
        guard FileManager.default.fileExists(atPath: path) else { throw .unavailable("there is no \(path)") }
        lock = try FileLock(path + ".lock")
        do {
            var configuration = Configuration()
            configuration.readonly = true
            queue = try DatabaseQueue(path: path, configuration: configuration)
            let (done, isNewer) = try queue.read {
                (try Schema.migrator.hasCompletedMigrations($0), try Schema.migrator.hasBeenSuperseded($0))
            }
            guard !isNewer else { throw StoreFailure.unavailable("it was made by a newer program: use that one") }
            guard done else {
                throw StoreFailure.unavailable(
                    "its tables are of an older program: `switchboard migrate` brings them up")
            }
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw StoreFailure(error)
        }
    }

    /// Runs `body` on one snapshot, on the thread of its caller.
    package func read<Value>(_ body: (CopySnapshot) throws -> Value) throws -> Value {
        try queue.read { try body(CopySnapshot(db: $0)) }
    }
}

/// One moment of a file.
package struct CopySnapshot {
    let db: Database

    /// All tables that are ours, each behind those that it refers to.
    package func tables() throws -> [StoredTable] {
        // In the order in which migrations made them: a table refers to such as were there before it.
        let names = try String.fetchAll(
            db,
            sql: """
                SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                AND name <> 'grdb_migrations' ORDER BY rowid
                """)
        return try names.map { name in
            let columns = try Row.fetchAll(
                db, sql: "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", arguments: [name])
            let key = columns.filter { $0.number(1) > 0 }.sorted { $0.number(1) < $1.number(1) }
            let rows = try Int.fetchOne(db, sql: "SELECT count(*) FROM \"\(name)\"") ?? 0
            return StoredTable(
                name: name, columns: Columns(columns.map { $0.text(0) }), key: Columns(key.map { $0.text(0) }),
                rows: rows)
        }
    }

    /// Hands over each row, in the order of the primary key; one at a time is in memory.
    package func each(of table: StoredTable, _ body: ([StoredValue]) throws -> Void) throws {
        let cursor = try Row.fetchCursor(
            db, sql: "SELECT \(table.columns) FROM \"\(table.name)\" ORDER BY \(table.key)")
        let places = 0..<table.columns.count
        while let row = try cursor.next() {
            try body(places.map { StoredValue(row[$0] as DatabaseValue) })
        }
    }
}

extension StoredValue {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .number(number)
        // No column of ours is of this kind; where one came to be, the other side refuses it.
        case .double(let number): self = .text("\(number)")
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes([UInt8](data))
        }
    }
}
