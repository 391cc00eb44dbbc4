import CallControl
import CallCore
import SQLiteStore

extension DatabaseSetting {
    /// Opens the database, and makes it where there is none yet.
    ///
    /// - Parameter dispatching: as a server, which has a file to itself.
    func open(dispatching: Bool = false) throws(StoreFailure) -> any Store {
        switch self {
        case .memory: try SQLiteStore(.memory)
        case .file(let path): try SQLiteStore(.file(path), exclusive: dispatching)
        case .postgres(let address): try address.open()
        }
    }

    /// Brings a PostgreSQL to this program's version; returns what was done.
    ///
    /// A file is brought there whenever it is opened.
    package func migrate() throws(MigrationRefusal) -> [String] {
        do throws(StoreFailure) {
            if case .postgres(let address) = self { return try address.migrate() }
            _ = try open()
            return []
        } catch {
            throw MigrationRefusal(description: "DATABASE_URL: \(explanation(of: error))")
        }
    }
}

/// Why a database could not be brought to this version, in words for people.
package struct MigrationRefusal: Error, CustomStringConvertible {
    package let description: String
}
