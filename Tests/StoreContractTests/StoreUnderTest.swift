import CallControl
import CallCore
import Foundation
import GRDB
import PostgresStore
import SQLiteStore
import TestSupport
import Testing

/// A store that the contract is asked of.
///
/// Every case passes the same suites; a difference would be a named capability here.
enum StoreUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case sqliteInMemory, sqliteFile, postgres

    /// Those on which several dispatchers work.
    static let shared: [Self] = [.postgres]

    /// Those whose rows can be written past the store.
    static let reachable: [Self] = [.sqliteFile, .postgres]

    var testDescription: String { rawValue }

    /// A new, empty store.
    func make() throws -> Shelf {
        switch self {
        case .sqliteInMemory: Shelf(store: try SQLiteStore(.memory), reopened: nil)
        case .sqliteFile:
            try Shelf.inFolder { path in try SQLiteStore(.file(path), exclusive: true) }
        case .postgres: try Shelf.inDatabase()
        }
    }
}

/// A store with one agent in it, and the folder that goes with it.
final class Shelf: Sendable {
    let store: any Store
    private let reopen: (@Sendable () throws -> any Store)?
    private let folder: URL?
    private let meddler: (@Sendable (String) throws -> Void)?

    init(
        store: any Store, reopened: (@Sendable () throws -> any Store)?, folder: URL? = nil,
        meddling: (@Sendable (String) throws -> Void)? = nil
    ) {
        self.store = store
        reopen = reopened
        self.folder = folder
        meddler = meddling
    }

    /// Runs SQL past the store.
    func meddle(_ sql: String) throws {
        let run = try #require(meddler)
        try run(sql)
    }

    /// What a process finds that comes after a crash of this one; the same store where nothing of it would be left.
    func reopened() throws -> any Store { try reopen?() ?? store }

    /// Throws where there is such a row.
    func nothing(in table: String, where condition: String) throws {
        // A row that cannot be: both refuse it.
        try meddle("INSERT INTO installation (one, id) SELECT 2, 'x' FROM \(table) WHERE \(condition)")
    }

    static func inFolder(_ open: (String) throws -> any Store) throws -> Shelf {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("calls.sqlite").path
        return Shelf(
            store: try open(path), reopened: { try SQLiteStore(.file(path)) }, folder: folder,
            meddling: { sql in try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) } })
    }

    /// In a database of its own, of the PostgreSQL that the tests run beside.
    static func inDatabase() throws -> Shelf {
        let url = try PostgresForTests.newDatabase()
        return Shelf(
            store: PostgresStore(url), reopened: { PostgresStore(url) }, meddling: { try Session(url).run($0) })
    }

    deinit { if let folder { try? FileManager.default.removeItem(at: folder) } }

    static let now = Moment(milliseconds: 1_772_366_400_000)
    static let acme = OrganizationID(rawValue: "acme")
    static let agentID = AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440000")

    var now: Moment { Self.now }

    func addAgent(
        _ id: AgentID = agentID, of organization: OrganizationID = acme, status: Agent.Status = .active
    ) async throws {
        try await store.insert(
            Agent(id: id, organization: organization, name: "A", status: status, createdAt: now),
            for: .commandLine(for: organization))
    }

    /// A call that is due at `due`, stored.
    @discardableResult
    func addCall(
        _ id: String, due: Moment = now, priority: Int = 5, agent: AgentID = agentID,
        organization: OrganizationID = acme, created: Moment = now, number: String = "+15005550001",
        batch: String? = nil, retries: RetryPlan? = nil, windows: [CallWindow] = []
    ) async throws -> CallID {
        let phone = try #require(PhoneNumber(number))
        let call = Call(
            id: CallID(rawValue: id), organization: organization, agent: agent,
            batch: batch.map(BatchID.init(rawValue:)),
            contact: Contact(phone: phone, name: "Zoë \u{1F4DE}", email: nil), priority: priority, dueAt: due,
            createdAt: created, retries: retries, windows: windows)
        _ = try await store.insert(call, for: .commandLine(for: organization))
        return call.id
    }

    /// Lets a call receive an event.
    @discardableResult
    func receive(
        _ event: CallEvent, by id: CallID, about room: RoomName? = nil, claimingUntil: Moment? = nil,
        at moment: Moment = now
    ) async throws -> Decided? {
        try await store.decide(id, proving: nil, claimingUntil: claimingUntil, at: moment) { call, scene in
            call.receiving(event, about: room, in: scene, at: moment)
        }
    }

    func room(_ id: CallID, _ attempt: Int = 1) -> RoomName { RoomName(installation: "t", call: id, attempt: attempt) }

    func admit(
        _ limit: Int = 10, under limits: DialLimits = DialLimits(maxLive: 1000, dialsPerSecond: 10_000_000),
        at moment: Moment = now, until: Moment? = nil
    ) async throws -> [Admitted] {
        let terms = AdmissionTerms(limits: limits, atMost: limit)
        return try await store.admitDue(terms, at: moment, claimingUntil: until ?? moment + .seconds(8)) {
            call, scene in
            call.receiving(
                .lineFree(RoomName(installation: "t", call: call.id, attempt: call.pastAttempts.count + 1)), in: scene,
                at: moment)
        }.admitted
    }

    /// A call that was admitted and whose dial was sent.
    func dialled(_ id: String, retries: RetryPlan? = nil) async throws -> DialLease {
        let call = try await addCall(id, retries: retries)
        let lease = try #require(try await admit().compactMap(\.dial).first { $0.call.id == call })
        let decided = try await receive(
            .sendDial(deadline: now + .seconds(34), LiveKitIDs(room: "RM_1")), by: call, about: lease.room)
        #expect(decided?.call.status == .connecting)
        return lease
    }

    /// A call whose dial was sent, cancelled by somebody who has claimed its termination.
    func cancelled(_ id: String) async throws -> (DialLease, TerminationLease) {
        let dial = try await dialled(id)
        let decided = try await receive(.cancel(cancellation()), by: dial.call.id, claimingUntil: now + .seconds(8))
        return (dial, try #require(decided?.terminations.first))
    }

    func cancellation(_ key: String = "key_1") -> Cancellation {
        Cancellation(organization: Self.acme, key: KeyID(rawValue: key), reason: "because", at: now)
    }
}
