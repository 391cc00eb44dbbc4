import CallControl
import CallCore
import Foundation
import GRDB
import SQLiteStore
import Testing

/// A SQLite file with rows in every table: calls in every phase, leases, stops, operations, answers, two organizations' audit logs.
final class GrownFile {
    static let other = OrganizationID(rawValue: "other \u{1F4DE}")
    static let caller = OnceContract.caller()
    /// Of the batch.
    static let caller2 = OnceContract.caller(word: "batch")
    let path: String
    private let folder: URL

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("grown-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent("calls.sqlite").path
        try await fill(try SQLiteStore(.file(path), exclusive: true))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func fill(_ store: SQLiteStore) async throws {
        let shelf = Shelf(store: store, reopened: nil)
        let joining = Joining(
            "n", livekitAddress: "wss://livekit.example", othersReachIt: true, adopts: false, until: Shelf.now)
        let joined = try await store.join(joining, at: Shelf.now)
        #expect(joined == .served(Roll(nodes: 1, livekitAddress: "wss://livekit.example")))
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent, of: Self.other)
        try await store.insert(
            APIKey(
                id: KeyID(rawValue: "key_1"), organization: Shelf.acme, name: "tab\tline\nback\\slash \\N \u{1}",
                role: .viewer, createdAt: Shelf.now), digest: Array(0..<32), for: .commandLine(for: Self.other))
        _ = try await shelf.placing("call_placing")
        _ = try await shelf.dialled("call_connecting")
        _ = try await shelf.dialled("call_ringing")
        let (ringing, active) = (CallID(rawValue: "call_ringing"), CallID(rawValue: "call_active"))
        try await shelf.receive(.ringing, by: ringing, about: shelf.room(ringing))
        _ = try await shelf.dialled("call_active")
        try await shelf.receive(
            .answered(LiveKitIDs(room: "RM_2"), dialReturned: true), by: active, about: shelf.room(active))
        _ = try await shelf.cancelled("call_cancelled")
        try await OnceContract.Change.schedule.make(shelf, for: Self.caller)
        try await shelf.addCall("call_waiting", due: Shelf.now + .seconds(3600), batch: "batch_1")
        try await shelf.addCall("call_retried", due: Shelf.now + .seconds(3600), retries: RetryContract.plan)
        try await store.insert(try shelf.batch("batch_2", ["call_b1", "call_b2"], refused: 1), for: Self.caller2)
        try await shelf.addCall("call_over")
        try await shelf.receive(.cancel(shelf.cancellation()), by: CallID(rawValue: "call_over"))
        try await shelf.addCall("call_others", agent: StopContract.otherAgent, organization: Self.other)
        try await shelf.begin(.ids([CallID(rawValue: "call_over"), CallID(rawValue: "call_none")]))
        try await shelf.carryOut()
        try await shelf.stop("stop_1", .batch(BatchID(rawValue: "batch_1")), queue: .hold)
        try await shelf.carryOut()
        try await shelf.setWindow(
            CallWindow(days: [.sunday], start: 540, end: 1020, zone: .utc), of: .agent(Shelf.agentID))
        try await shelf.setWindow(
            CallWindow(days: [.sunday], start: 480, end: 1200, zone: .utc), of: .organization(Shelf.acme))
        // Not begun.
        try await shelf.stop("stop_2", .agent(StopContract.otherAgent))
    }

    /// Changes something without a server.
    func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
    }

    /// Tables without a row.
    func emptyTables() throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { db in
            try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
            .filter { try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") == 0 }
        }
    }
}

/// All that a store says, for a comparison of two.
func account(of store: any Store) async throws -> [String] {
    let installation = try await store.installation()
    var lines = ["\(installation.id) \(installation.livekitAddress ?? "-") \(installation.openWork)"]
    for organization in [Shelf.acme, GrownFile.other] {
        let page = try await store.calls(CallQuery(organization: organization), at: Shelf.now)
        lines.append("\(page.total) calls")
        for id in page.calls.map(\.id) {
            lines.append("\(String(describing: try await store.call(id, at: Shelf.now)))")
            lines += try await store.events(of: id, after: 0, limit: 1000).map { "\($0)" }
        }
        lines += try await store.agents(of: organization, limit: 10, offset: 0).agents.map { "\($0)" }
        lines.append("\(String(describing: try await store.organization(organization)))")
        lines += try await store.keys(of: organization).map { "\($0)" }
        for batch in try await store.batches(of: organization, limit: 10, offset: 0).batches {
            let counts = batch.statuses.map { "\($0.key): \($0.value)" }.sorted()
            lines.append("\(batch.id) \(batch.agent) \(batch.createdAt) \(batch.createdBy) \(batch.total) \(counts)")
        }
        lines += try await store.stops(of: organization, inForce: nil, limit: 10, offset: 0).stops.map { "\($0)" }
        lines += try await store.auditEntries(of: organization, after: 0, limit: 1000).map { "\($0)" }
    }
    lines += try await store.results(of: OperationID(rawValue: "op_1"), after: 0, limit: 10).map { "\($0)" }
    lines += try await store.openOperations().map { "\($0)" }
    lines += try await store.openWindowChanges().map { "\($0)" }
    lines += try await store.openCalls().map { "\($0)" }.sorted()
    lines += try await store.openTerminations().map { "\($0)" }.sorted()
    lines += try await store.auditedOrganizations().map { "\($0)" }
    lines.append("\(try await store.nextWakes())")
    lines.append("\(try await store.workload())")
    if let once = GrownFile.caller.once { lines.append("\(String(describing: try await store.repetition(of: once)))") }
    return lines
}
