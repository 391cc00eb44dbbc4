import Foundation
import Server
import Testing

@Suite("Keys from the command line")
struct KeyDeskTests {
    @Test("a key is made with its organization, and is listed without its secret")
    func create() async throws {
        try await withDesk { desk in
            let made = try await desk.create(organization: "first", name: "n", role: "viewer", expires: nil)
            #expect(made.secret.hasPrefix("sb_"))
            #expect(made.key.organization == "first")
            #expect(made.key.role == "viewer")
            let listed = try await desk.list(organization: "first")
            #expect(listed.map(\.id) == [made.key.id])
            #expect(listed.map(\.state) == ["valid"])
            #expect(!"\(listed)".contains(made.secret))
            #expect(try await desk.list(organization: "second").isEmpty)
        }
    }

    @Test("a key that was made through one desk is seen through another one of the same file")
    func beside() async throws {
        try await withDatabase { database in
            let made = try await KeyDesk.open(database).create(
                organization: "first", name: "n", role: "admin", expires: nil)
            #expect(try await KeyDesk.open(database).list(organization: "first").map(\.id) == [made.key.id])
        }
    }

    @Test("only its own organization revokes a key")
    func revoke() async throws {
        try await withDesk { desk in
            let made = try await desk.create(organization: "first", name: "n", role: "admin", expires: nil)
            await #expect(throws: KeyDesk.Refusal.self) {
                _ = try await desk.revoke(made.key.id, organization: "second")
            }
            #expect(try await desk.list(organization: "first").map(\.state) == ["valid"])
            #expect(try await desk.revoke(made.key.id, organization: "first").state == "revoked")
            await #expect(throws: KeyDesk.Refusal.self) { _ = try await desk.revoke("key_none", organization: "first") }
        }
    }

    @Test("an expiry in days or as a time is taken", arguments: ["1d", "36500d", "2999-01-01T00:00:00+02:00"])
    func expiry(text: String) async throws {
        try await withDesk { desk in
            let made = try await desk.create(organization: "first", name: "n", role: "admin", expires: text)
            #expect(made.key.expiresAt != nil)
            #expect(made.key.state == "valid")
        }
    }

    @Test(
        "any other expiry makes no key",
        arguments: [
            "", "d", "0d", "-1d", "36501d", "1.5d", "tomorrow", "2999-01-01", "2999-01-01T00:00:00",
            "2001-01-01T00:00:00Z",
        ])
    func badExpiry(text: String) async throws {
        try await withDesk { desk in
            await #expect(throws: KeyDesk.Refusal.self) {
                _ = try await desk.create(organization: "first", name: "n", role: "admin", expires: text)
            }
            let listed = try await desk.list(organization: "first")
            #expect(listed.isEmpty)
        }
    }

    @Test("a database in memory is refused: the key would be gone with the command")
    func memory() async {
        await #expect(throws: KeyDesk.Refusal.self) { _ = try await KeyDesk.open(.memory) }
    }

    @Test("a database that cannot be opened is refused in words that name its key")
    func unusable() async throws {
        let error = await #expect(throws: KeyDesk.Refusal.self) {
            _ = try await KeyDesk.open(.file(path: "/nowhere/at/all.sqlite"))
        }
        #expect(error?.description.hasPrefix("DATABASE_URL: sqlite:/nowhere/at/all.sqlite cannot be used") == true)
    }

    private func withDesk(_ work: (KeyDesk) async throws -> Void) async throws {
        try await withDatabase { try await work(try await KeyDesk.open($0)) }
    }

    private func withDatabase(_ work: (DatabaseSetting) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await work(.file(path: folder.appendingPathComponent("keys.sqlite").path))
    }
}
