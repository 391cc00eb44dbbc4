package import CallCore
import Foundation
import PostgresStore

/// The PostgreSQL that `Scripts/with-postgres` started for these tests.
package enum PostgresForTests {
    package struct Missing: Error, CustomStringConvertible {
        package let description =
            "POSTGRES_URL is not set: run the tests by `make test`, or under `Scripts/with-postgres`"
    }

    package static let now = Moment(milliseconds: 1_772_366_400_000)

    /// The address of a new database with our tables in it.
    package static func newDatabase() throws -> String {
        // To copy one costs a quarter of making the tables anew.
        let template = try template.get()
        return try make("TEMPLATE \(template) STRATEGY file_copy").url
    }

    /// The address of a new database with nothing in it.
    package static func emptyDatabase() throws -> String { try make("TEMPLATE template0").url }

    private static let template = Result<String, any Error> {
        let (name, url) = try make("TEMPLATE template0")
        _ = try Migrator(url).migrate(at: now, installation: "t")
        return name
    }

    private static func make(_ options: String) throws -> (name: String, url: String) {
        guard let url = ProcessInfo.processInfo.environment["POSTGRES_URL"] else { throw Missing() }
        let name = "t" + UUID().uuidString.lowercased().filter { $0 != "-" }
        try Session(url).run("CREATE DATABASE \(name) \(options)")
        return (name, url.replacingOccurrences(of: ":///postgres?", with: ":///\(name)?"))
    }
}
