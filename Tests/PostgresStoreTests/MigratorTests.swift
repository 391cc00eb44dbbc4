import CallControl
import CallCore
import PostgresStore
import TestSupport
import Testing

@Suite struct MigratorTests {
    @Test func anEmptyDatabaseIsMadeCurrentOnce() throws {
        let url = try PostgresForTests.emptyDatabase()
        #expect(try Migrator(url).standing() == .empty)
        let done = try Migrator(url).migrate(at: PostgresForTests.now, installation: "first")
        #expect(done.count == Migrator.version)
        #expect(try Migrator(url).standing() == .current)
        let again = try Migrator(url).migrate(at: PostgresForTests.now, installation: "second")
        #expect(again.isEmpty)
        #expect(try Session(url).run("SELECT id FROM installation") == [["first"]])
    }

    @Test func manyAtOnceDoItOnce() async throws {
        let url = try PostgresForTests.emptyDatabase()
        let done = try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<6 {
                group.addTask { try Migrator(url).migrate(at: PostgresForTests.now, installation: "i\(number)") }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(done.count == Migrator.version)
        #expect(try Session(url).number("SELECT count(*) FROM installation") == 1)
        #expect(try Migrator(url).standing() == .current)
    }

    @Test func aNewerDatabaseIsRefusedAndLeftAlone() throws {
        let url = try PostgresForTests.newDatabase()
        let newer = Migrator.version + 1
        try Session(url).run("INSERT INTO schema_versions VALUES (\(newer), 'of tomorrow', 0)")
        #expect(try Migrator(url).standing() == .ahead(version: newer))
        #expect(throws: StoreFailure.self) {
            try Migrator(url).migrate(at: PostgresForTests.now, installation: "x")
        }
        #expect(try Session(url).number("SELECT count(*) FROM schema_versions") == newer)
    }

    @Test func aServerThatIsNotThereIsAFailureWithWords() {
        #expect(throws: StoreFailure.self) { try Migrator("postgres:///x?host=/nowhere/at/all") }
    }
}
