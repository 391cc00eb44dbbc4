import CallControl
import CallCore
import Foundation
import GRDB
import SQLiteStore
import Testing

/// The rule for a cancel exists twice: in Swift, and as SQL for many waiting calls at once.
///
/// Here the two write the same, column by column.
@Suite struct SetWritesTests {
    private static let now = Moment(milliseconds: 1_772_366_400_000)
    private static let caller = Caller(
        key: KeyID(rawValue: "key_1"), organization: OrganizationID(rawValue: "acme"), role: .operator)

    /// What a waiting call can have behind it.
    enum Past: String, CaseIterable { case new, rich, withdrawn, retried, heldByStop, inactiveAgent }

    @Test(arguments: Past.allCases)
    func aBulkCancelWritesWhatTheRuleWrites(_ past: Past) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sets-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("calls.sqlite").path
        let store = try SQLiteStore(.file(path))
        // The two stand before the cancel as equals, and after it.
        for id in ["call_rule", "call_set"] { try await make(id, past, store) }
        try #require(try rows(path, "call_rule") == rows(path, "call_set"))
        let later = Self.now + .seconds(7)
        let cancellation = Cancellation(
            organization: Self.caller.organization, key: Self.caller.key, reason: "because", at: later)
        _ = try await store.decide(
            CallID(rawValue: "call_rule"), proving: nil, claimingUntil: nil, for: nil, at: later
        ) { call, scene in call.receiving(.cancel(cancellation), in: scene, at: later) }
        let operation = try await store.insert(
            CallControl.Operation(
                id: OperationID(rawValue: "op_1"), organization: Self.caller.organization, kind: .cancel,
                target: .ids([CallID(rawValue: "call_set")]), live: .hangup, reason: "because", requestedAt: Self.now),
            for: Self.caller)
        #expect(try await store.advance(operation.id, at: later))
        let rule = try rows(path, "call_rule")
        #expect(rule == (try rows(path, "call_set")))
        #expect(rule.contains { $0.contains("cancelled") })
    }

    private func make(_ text: String, _ past: Past, _ store: SQLiteStore) async throws {
        let id = CallID(rawValue: text)
        let agent = AgentID(rawValue: text == "call_rule" ? "a" : "b")
        let phone = try #require(PhoneNumber("+15005550001"))
        try await store.insert(
            Agent(
                id: agent, organization: Self.caller.organization, name: "A",
                status: past == .inactiveAgent ? .inactive : .active, createdAt: Self.now), for: Self.caller)
        if past == .heldByStop {
            let operation = CallControl.Operation(
                id: OperationID(rawValue: "op_\(text)"), organization: Self.caller.organization, kind: .stop,
                target: .scope(.agent(agent)), live: .leave, queue: .hold, reason: nil, requestedAt: Self.now)
            _ = try await store.insert(
                Stop(
                    id: StopID(rawValue: "stop_\(text)"), organization: Self.caller.organization,
                    scope: .agent(agent), live: .leave, queue: .hold, reason: nil, key: Self.caller.key, at: Self.now),
                draining: operation, for: Self.caller)
        }
        var call = Call(
            id: id, organization: Self.caller.organization, agent: agent,
            contact: Contact(phone: phone, name: "Zoë", email: nil), dueAt: Self.now, createdAt: Self.now)
        if past == .rich || past == .retried {
            call = Call(
                id: id, organization: Self.caller.organization, agent: agent, batch: BatchID(rawValue: "batch_1"),
                contact: Contact(phone: phone, name: "Zoë", email: "z@example.com"), callerID: phone, priority: 2,
                scheduledAt: Self.now, dueAt: Self.now, createdAt: Self.now, metadata: #"{"a": 1}"#,
                callMetadata: #"{"b": 2}"#, retries: RetryPlan(maxRetries: 1))
        }
        _ = try await store.insert(call, for: Self.caller)
        if past == .withdrawn || past == .retried {
            let room = RoomName(installation: "t", call: id, attempt: 1)
            var events = [
                (CallEvent.lineFree(room), true),
                (.sendDial(deadline: Self.now + .seconds(9), LiveKitIDs(room: "RM")), past == .retried),
            ]
            if past == .retried { events.append((.failed(.answered(sip: 486)), true)) }
            for (event, active) in events {
                _ = try await store.decide(id, proving: nil, claimingUntil: nil, for: nil, at: Self.now) { call, _ in
                    call.receiving(event, in: Scene(agentIsActive: active), at: Self.now)
                }
            }
        }
    }

    /// All that the database has of a call, without what names it.
    private func rows(_ path: String, _ id: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { db in
            let key = try Int64.fetchOne(db, sql: "SELECT key FROM calls WHERE id = ?", arguments: [id])
            var lines: [String] = []
            for (table, column, names) in [
                ("calls", "key", ["key", "id", "agent", "queue"]), ("attempts", "call", ["call", "room"]),
                ("events", "call", ["call"]), ("terminations", "call", ["call", "room"]),
                ("dials", "call", ["call", "room"]),
            ] {
                for row in try Row.fetchAll(
                    db, sql: "SELECT * FROM \(table) WHERE \(column) = ? ORDER BY 1, 2", arguments: [key])
                {
                    lines.append(
                        row.filter { !names.contains($0.0) }.map { "\(table).\($0.0)=\($0.1)" }
                            .joined(separator: " "))
                }
            }
            return lines
        }
    }
}
