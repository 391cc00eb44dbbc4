import Foundation
import Server
import Testing

@Suite("The audit log from the command line")
struct AuditDeskTests {
    @Test("what keys were made and revoked is verified, and exported line by line")
    func verify() async throws {
        try await withDatabase { database in
            let keys = try await KeyDesk.open(database)
            let made = try await keys.create(organization: "first", name: "a\"\u{2028}b", role: "viewer", expires: nil)
            _ = try await keys.revoke(made.key.id, organization: "first")
            _ = try await keys.create(organization: "second", name: "n", role: "viewer", expires: nil)
            let desk = try AuditDesk.open(database)
            let findings = try await desk.verify(organization: nil, expected: [])
            #expect(findings.areGood)
            #expect(findings.logs.map(\.organization) == ["first", "second"])
            #expect(findings.logs.map(\.sequence) == [2, 1])
            let head = findings.logs[0].hash
            #expect(try await desk.verify(organization: "first", expected: [head.uppercased()]).areGood)
            let elsewhere = try await desk.verify(organization: "second", expected: [head])
            #expect(!elsewhere.areGood && elsewhere.missing == [head])
            var lines: [String] = []
            try await desk.export(organization: "first") { lines.append($0) }
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { !$0.contains("\u{2028}") && !$0.contains("\n") })
            let entry = try #require(
                try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
            #expect(entry["action"] as? String == "key.create")
            #expect(entry["sequence"] as? Int == 1)
            #expect(entry["reason"] is NSNull)
            #expect(entry["detail"] as? String == "{\"name\":\"a\\\"\u{2028}b\",\"role\":\"viewer\"}")
        }
    }

    @Test("an organization without entries has a log that is empty and good")
    func empty() async throws {
        try await withDatabase { database in
            _ = try await KeyDesk.open(database)
            let findings = try await AuditDesk.open(database).verify(organization: "nobody", expected: [])
            #expect(findings.areGood && findings.logs.map(\.sequence) == [0])
        }
    }

    @Test("what is no hash is refused", arguments: ["", "00", "zz", String(repeating: "0", count: 63) + "x"])
    func noHash(text: String) async throws {
        try await withDatabase { database in
            _ = try await KeyDesk.open(database)
            let desk = try AuditDesk.open(database)
            await #expect(throws: AuditDesk.Refusal.self) {
                _ = try await desk.verify(organization: nil, expected: [text])
            }
        }
    }

    @Test("a database that is not there is refused, and not made")
    func absent() async throws {
        #expect(throws: AuditDesk.Refusal.self) { try AuditDesk.open(.memory) }
        try await withDatabase { database in
            #expect(throws: AuditDesk.Refusal.self) { try AuditDesk.open(database) }
            #expect(throws: AuditDesk.Refusal.self) { try AuditDesk.open(database) }
        }
    }

    private func withDatabase(_ work: (DatabaseSetting) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await work(.file(path: folder.appendingPathComponent("audit.sqlite").path))
    }
}
