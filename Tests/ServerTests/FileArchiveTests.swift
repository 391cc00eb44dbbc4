import CallControl
import CallCore
import Foundation
import Server
import Testing

@Suite("The archive of purged calls")
struct FileArchiveTests {
    private let now = Moment(milliseconds: 1_772_366_400_000)

    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func call(_ id: String, name: String = "Zoë \"Z\"\nLee") throws -> FinishedCall {
        let phone = try #require(PhoneNumber("+15005550001"))
        var attempt = Attempt(number: 1, room: RoomName(rawValue: "t-\(id)-1"), startedAt: now)
        attempt.status = .completed
        attempt.answeredAt = now + .seconds(5)
        attempt.endedAt = now + .seconds(65)
        let call = Call(
            id: CallID(rawValue: id), organization: OrganizationID(rawValue: "acme"), agent: AgentID(rawValue: "a"),
            contact: Contact(phone: phone, name: name), dueAt: now, createdAt: now,
            phase: .ended(Ending(status: .completed, at: now + .seconds(65), failureReason: nil)),
            pastAttempts: [attempt])
        return FinishedCall(
            place: 1,
            record: CallRecord(call: call, agent: AgentName(id: call.agent, name: "A"), termination: nil, queue: nil),
            events: [RecordedEvent(sequence: 1, notice: .created, at: now)])
    }

    private func lines(_ file: URL) throws -> [[String: Any]?] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    @Test("has a file for each day, and a line with all that is known for each call")
    func files() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let archive = try FileArchive(folder: folder.path)
        try await archive.keep([try call("call_1"), try call("call_2")], at: now)
        try await archive.keep([try call("call_3")], at: now + .seconds(11 * 3600))
        try await archive.keep([try call("call_4")], at: now + .seconds(12 * 3600))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == ["calls-2026-03-01.jsonl", "calls-2026-03-02.jsonl"])
        let file = folder.appendingPathComponent("calls-2026-03-01.jsonl")
        let lines = try lines(file)
        #expect(lines.map { $0?["id"] as? String } == ["call_1", "call_2", "call_3"])
        let first = try #require(lines.first ?? nil)
        #expect(first["organizationId"] as? String == "acme")
        #expect(first["duration"] as? Int == 60)
        #expect((first["contact"] as? [String: Any])?["name"] as? String == "Zoë \"Z\"\nLee")
        #expect((first["attempts"] as? [[String: Any]])?.first?["status"] as? String == "completed")
        #expect((first["events"] as? [[String: Any]])?.first?["event"] as? String == "call.created")
        // What is in it is nobody else's.
        let rights = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(rights == 0o600)
    }

    @Test("goes on behind a line that a crash has cut off")
    func cutOff() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let archive = try FileArchive(folder: folder.path)
        try await archive.keep([try call("call_1")], at: now)
        let file = folder.appendingPathComponent("calls-2026-03-01.jsonl")
        try Data(contentsOf: file).dropLast(40).write(to: file)
        try await archive.keep([try call("call_1"), try call("call_2")], at: now)
        #expect(try lines(file).map { $0?["id"] as? String } == [nil, "call_1", "call_2"])
    }

    @Test("is refused where its folder is not there or is none")
    func refused() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("file")
        try Data().write(to: file)
        for path in [folder.path + "/none", file.path] {
            #expect(throws: ArchiveFailure.self) { try FileArchive(folder: path) }
        }
        // A folder that goes away, and a name that is taken.
        let archive = try FileArchive(folder: folder.path)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("calls-2026-03-01.jsonl"), withIntermediateDirectories: true)
        await #expect(throws: ArchiveFailure.self) { try await archive.keep([try call("call_1")], at: now) }
    }

    @Test("says that the disk is full")
    func full() async throws {
        // Every write to this device says that there is no room.
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/calls-2026-03-01.jsonl", withDestinationPath: "/dev/full")
        let archive = try FileArchive(folder: folder.path)
        do {
            try await archive.keep([try call("call_1")], at: now)
            Issue.record("a full disk has taken it")
        } catch {
            #expect("\(error)".contains("No space left"))
        }
    }
}
