import CallControl
import CallCore
import Foundation
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

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.appendingPathComponent("calls.sqlite").path)
    }
}
