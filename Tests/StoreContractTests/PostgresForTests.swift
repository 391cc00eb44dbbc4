import CallControl
import CallCore
import Foundation
import PostgresStore

/// The PostgreSQL that `Scripts/with-postgres` started for these tests.
enum PostgresForTests {
    struct Missing: Error, CustomStringConvertible {
        let description = "POSTGRES_URL is not set: run the tests by `make test`, or under `Scripts/with-postgres`"
    }

    /// The address of an empty schema with our tables in it.
    static func newSchema() throws -> String {
        guard let url = ProcessInfo.processInfo.environment["POSTGRES_URL"] else { throw Missing() }
        let name = "s" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let own = "\(url)&options=-csearch_path%3D\(name)"
        try Migrator(url).makeSchema(name)
        _ = try Migrator(own).migrate(at: Shelf.now, installation: "t")
        return own
    }
}
