import CallControl
import CallCore
import NIOConcurrencyHelpers
import PostgresStore
import SQLiteStore
import Server
import TestSupport
import Testing

@Suite struct CopyTests {
    private func copy(
        _ file: GrownFile, to url: String, carry: @escaping @Sendable (inout [UInt8]) -> Void = { _ in }
    ) throws -> DatabaseCopy {
        try DatabaseCopy(from: .file(path: file.path), to: .postgres(PostgresAddress(url)), carry: carry)
    }

    /// What was said instead of a copy.
    private func refusal(
        of file: GrownFile, to url: String, restart: Bool = false
    ) async throws -> String {
        do {
            _ = try await copy(file, to: url).run(restart: restart)
            return "nothing was refused"
        } catch {
            return "\(error)"
        }
    }

    /// With the address of a restart's server: what opening it says.
    private func opening(_ url: String) -> String {
        do {
            _ = try DatabaseSetting.postgres(PostgresAddress(url)).migrate()
            return "open"
        } catch {
            return "\(error)"
        }
    }

    @Test func bothSidesSayTheSame() async throws {
        let file = try await GrownFile()
        #expect(try file.emptyTables() == [])
        let url = try PostgresForTests.newDatabase()
        let shown = NIOLockedValueBox<[DatabaseCopy.Progress]>([])
        let report = try await copy(file, to: url).run { progress in shown.withLockedValue { $0.append(progress) } }
        #expect(report.differing == [])
        #expect(report.brokenLogs == [])
        #expect(report.tables.count == 18)
        #expect(report.tables.allSatisfy { $0.source.rows > 0 })
        let all = shown.withLockedValue { $0 }
        let last = try #require(all.last)
        #expect(last.done == last.total && last.total == report.rows)
        let before = try await account(of: try SQLiteStore(.file(file.path)))
        let after = try await account(of: PostgresStore(url))
        #expect(before.count > 50)
        for (here, there) in zip(before, after) { #expect(here == there) }
        #expect(before.count == after.count)
        #expect(opening(url) == "open")
    }

    @Test func theCopyGoesOnWhereTheFileEnded() async throws {
        let file = try await GrownFile()
        let url = try PostgresForTests.newDatabase()
        _ = try await copy(file, to: url).run()
        let shelf = Shelf(store: PostgresStore(url), reopened: nil)
        // A key behind all others, and a deed behind all others.
        try await shelf.addCall("call_later")
        try await shelf.addAgent(AgentID(rawValue: "750e8400-e29b-41d4-a716-446655440000"))
        try await shelf.carryOut()
        #expect(try await shelf.holds("call_waiting") == [.stop(StopID(rawValue: "stop_1"))])
        var check = ChainCheck()
        let entries = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 1000)
        for entry in entries { check.take(entry) }
        #expect(check.fault == nil)
        let old = try await SQLiteStore(.file(file.path)).auditEntries(of: Shelf.acme, after: 0, limit: 1000)
        #expect(entries.count > old.count)
        #expect(entries.starts(with: old))
        // The dials of the file are leased once their leases are over, with the next fence.
        let leases = try await shelf.store.leaseDials(
            10, at: Shelf.now + .seconds(60), until: Shelf.now + .seconds(68))
        #expect(leases.map(\.fence).allSatisfy { $0 == 2 })
        #expect(leases.count == 5)
    }

    @Test func aByteThatWasFlippedOnTheWayIsFoundAndCanBeMendedByARestart() async throws {
        let file = try await GrownFile()
        let url = try PostgresForTests.newDatabase()
        let report = try await copy(file, to: url) { block in
            // The number of one phone, which stands with its call and with the attempts at it.
            guard let place = block.firstRange(of: Array("+15005550001".utf8))?.upperBound else { return }
            block[place - 1] ^= 1
        }.run()
        #expect(report.differing.map(\.table) == ["calls", "attempts"])
        #expect(opening(url).contains("a copy into it has not ended"))
        #expect(try await refusal(of: file, to: url).contains("--restart"))
        #expect(try await copy(file, to: url).run(restart: true).differing == [])
        #expect(opening(url) == "open")
        #expect(try await refusal(of: file, to: url, restart: true).contains("a server has used it"))
    }

    @Test func aRowThatIsLostOnTheWayIsFound() async throws {
        let file = try await GrownFile()
        let url = try PostgresForTests.newDatabase()
        let report = try await copy(file, to: url) { block in
            if block.starts(with: Array("stop_1\t".utf8)), let end = block.firstIndex(of: 10) {
                block.removeSubrange(...end)
            }
        }.run()
        #expect(report.differing.map { $0.source.rows - $0.target.rows } == [1])
    }

    @Test func aBrokenChainOfTheSourceIsTold() async throws {
        let file = try await GrownFile()
        try file.change("UPDATE audit SET reason = 'nothing' WHERE organization = 'acme' AND sequence = 2")
        let report = try await copy(file, to: try PostgresForTests.newDatabase()).run()
        #expect(report.differing == [])
        #expect(report.brokenLogs == ["acme: entry 2 is not what was written"])
    }

    @Test func aFileInUseOlderOrNewerIsRefused() async throws {
        let file = try await GrownFile()
        let url = try PostgresForTests.newDatabase()
        do {
            let server = try SQLiteStore(.file(file.path), exclusive: true)
            #expect(try await refusal(of: file, to: url).contains("another switchboard server runs"))
            _ = try await server.liveCalls()
        }
        try file.change("INSERT INTO grdb_migrations VALUES ('99 of tomorrow')")
        #expect(try await refusal(of: file, to: url).contains("newer program"))
        try file.change("DELETE FROM grdb_migrations WHERE identifier IN ('99 of tomorrow', '2 stops')")
        #expect(try await refusal(of: file, to: url).contains("older program"))
    }

    @Test func noServerStartsOnAFileThatWasMovedUntilItIsTakenBack() async throws {
        let file = try await GrownFile()
        let url = try PostgresForTests.newDatabase()
        // What differs was not moved.
        let flipped = try await copy(file, to: url) { $0[$0.count / 2] ^= 1 }.runOrFail()
        #expect(flipped == false)
        _ = try SQLiteStore(.file(file.path), exclusive: true)
        #expect(try await copy(file, to: url).run(restart: true).differing == [])
        do {
            _ = try SQLiteStore(.file(file.path), exclusive: true)
            Issue.record("a server started on a file that was moved")
        } catch {
            #expect("\(error)".contains("moved to a PostgreSQL"))
        }
        // To look at it is nobody's harm.
        _ = try await SQLiteStore(.file(file.path)).liveCalls()
        try DatabaseCopy.takeBack(.file(path: file.path))
        let server = try SQLiteStore(.file(file.path), exclusive: true)
        #expect(throws: DatabaseCopy.Refusal.self) { try DatabaseCopy.takeBack(.file(path: file.path)) }
        _ = try await server.liveCalls()
    }

    @Test func aDatabaseThatAnybodyHasUsedIsRefusedAndLeftAlone() async throws {
        let file = try await GrownFile()
        let used = try PostgresForTests.newDatabase()
        let store = PostgresStore(used)
        _ = try await store.take(.comparison, by: "node", at: Shelf.now, until: Shelf.now + .seconds(6))
        for restart in [false, true] {
            #expect(try await refusal(of: file, to: used, restart: restart).contains("a server has used it"))
        }
        let keyed = try PostgresForTests.newDatabase()
        let shelf = Shelf(store: PostgresStore(keyed), reopened: nil)
        try await shelf.addAgent()
        for restart in [false, true] {
            #expect(try await refusal(of: file, to: keyed, restart: restart).contains("goes into an empty database"))
        }
        #expect(try await shelf.store.agent(Shelf.agentID) != nil)
        #expect(try await shelf.store.installation().id == "t")
    }
}

extension DatabaseCopy {
    /// Whether both sides are the same.
    fileprivate func runOrFail() async throws -> Bool {
        do { return try await run().differing.isEmpty } catch { return false }
    }
}
