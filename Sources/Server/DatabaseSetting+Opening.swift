import CallControl
import CallCore
import PostgresStore
import SQLiteStore

extension DatabaseSetting {
    /// Opens the database, and makes it where there is none yet.
    ///
    /// - Parameter dispatching: as a server, which has a file to itself.
    func open(dispatching: Bool = false) throws(StoreFailure) -> any Store {
        switch self {
        case .memory: return try SQLiteStore(.memory)
        case .file(let path): return try SQLiteStore(.file(path), exclusive: dispatching)
        case .postgres(let address):
            let migrator = try Migrator(address.reveal())
            switch try migrator.standing() {
            case .empty: _ = try Self.migrate(migrator)
            case .current: break
            case .unfinishedCopy: throw Self.unfinished
            // Not by itself: older nodes may be at work, and whoever updates them knows when.
            case .behind(let version):
                throw .unavailable(
                    """
                    its tables are at version \(version), and this program speaks \(Migrator.version): run \
                    `switchboard migrate` first
                    """)
            case .ahead(let version): throw Self.tooNew(version)
            }
            return PostgresStore(address.reveal())
        }
    }

    /// Brings a PostgreSQL to this program's version; returns what was done.
    ///
    /// A file is brought there whenever it is opened.
    package func migrate() throws(MigrationRefusal) -> [String] {
        do throws(StoreFailure) {
            guard case .postgres(let address) = self else {
                _ = try open()
                return []
            }
            let migrator = try Migrator(address.reveal())
            switch try migrator.standing() {
            case .ahead(let version): throw Self.tooNew(version)
            case .unfinishedCopy: throw Self.unfinished
            case .empty, .current, .behind: return try Self.migrate(migrator)
            }
        } catch {
            throw MigrationRefusal(description: "DATABASE_URL: \(explanation(of: error))")
        }
    }

    /// Half of an installation would dial, and know nothing of the other half.
    static let unfinished = StoreFailure.unavailable(
        "a copy into it has not ended: begin that again with `switchboard copy --restart`")

    static func migrate(_ migrator: Migrator) throws(StoreFailure) -> [String] {
        try migrator.migrate(at: SystemClock().now, installation: Identifiers().base62(6))
    }

    static func tooNew(_ version: Int) -> StoreFailure {
        .unavailable(
            """
            its tables are at version \(version), and this program speaks \(Migrator.version): update this program, whose rows \
            would be misread
            """)
    }
}

/// Why a database could not be brought to this version, in words for people.
package struct MigrationRefusal: Error, CustomStringConvertible {
    package let description: String
}
