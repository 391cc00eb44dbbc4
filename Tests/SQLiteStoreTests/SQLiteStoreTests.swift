import CallControl
import CallCore
import Foundation
import GRDB
import SQLiteStore
import Testing

/// What is SQLite's own, beside the contract that every store keeps.
@Suite struct SQLiteStoreTests {
    @Test func everyCommitIsSyncedInFull() async throws {
        try await withFolder { path in
            let store = try SQLiteStore(.file(path), exclusive: true)
            #expect(try await store.synchronousLevel() == 2)
        }
    }

    @Test func aSecondServerOnTheSameDatabaseIsRefusedAndTheCommandLineIsNot() async throws {
        try await withFolder { path in
            let server = try SQLiteStore(.file(path), exclusive: true)
            #expect(throws: StoreFailure.self) { try SQLiteStore(.file(path), exclusive: true) }
            let beside = try SQLiteStore(.file(path))
            #expect(try await beside.installation().id == server.installation().id)
        }
    }

    @Test func theInstallationKeepsItsIdOverRestarts() async throws {
        try await withFolder { path in
            let first = try await SQLiteStore(.file(path), installation: "first1").installation()
            let second = try await SQLiteStore(.file(path), installation: "other2").installation()
            #expect(first.id == "first1")
            #expect(second.id == "first1")
        }
    }

    @Test func aDatabaseThatCannotBeOpenedIsAFailureWithWords() {
        #expect(throws: StoreFailure.self) { try SQLiteStore(.file("/nowhere/at/all/calls.sqlite")) }
    }

    /// An admission looks at every queue: with one step more for each waiting call, a million of them would bring it to a halt.
    @Test func theNextQueueIsASeekHoweverManyCallsWait() async throws {
        try await withFolder { path in
            _ = try SQLiteStore(.file(path))
            let plan = try await DatabaseQueue(path: path).read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(SQLiteStore.heads)", arguments: [nil, 5000])
                    .map { $0["detail"] as String? ?? "" }
            }
            let steps = plan.filter { $0.contains("calls") || $0.contains("PRIMARY KEY") }
            #expect(
                steps == [
                    "SEARCH calls USING INDEX calls_queues (queue>?)",
                    "SEARCH h USING INTEGER PRIMARY KEY (rowid=?)",
                    "SEARCH calls USING INDEX calls_queues (queue>?)",
                    "SEARCH calls USING INDEX calls_queues (queue=? AND priority>?)",
                    "SEARCH calls USING INDEX calls_queues (queue>?)",
                    "SEARCH calls USING INTEGER PRIMARY KEY (rowid=?)",
                ], "\(plan)")
        }
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.appendingPathComponent("calls.sqlite").path)
    }
}
