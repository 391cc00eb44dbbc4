import CallControl
import CallCore
import Dispatch
import PostgresStore
import TestSupport
import Testing

/// A store on a database, and what is asked of it in these tests.
///
/// Its connections have a name of their own, so that a session can tell them from another store's.
struct Desk: Sendable {
    let url: String
    let store: PostgresStore
    let name: String

    static let acme = OrganizationID(rawValue: "acme")
    static let agent = AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440000")
    static var now: Moment { PostgresForTests.now }
    var now: Moment { Self.now }

    /// As with a server that has all the time it wants: a machine that others keep busy is no neighbour that was stopped.
    static let patience = Patience(
        lock: .seconds(60), change: .seconds(60), look: .seconds(60), idleWithLocks: .seconds(60), answer: .seconds(90))

    init(
        _ url: String, name: String = "one", patience: Patience = patience,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, seat: ((String) -> any Seat)? = nil
    ) {
        self.url = url
        self.name = name
        store = PostgresStore("\(url)&application_name=\(name)", patience: patience, now: clock, seat: seat)
    }

    /// On a new database, with an agent in it.
    static func new(patience: Patience = patience) async throws -> Desk {
        let desk = Desk(try PostgresForTests.newDatabase(), patience: patience)
        try await desk.addAgent()
        return desk
    }

    func session() throws -> Session { try Session(url) }

    func addAgent(_ id: AgentID = agent, of organization: OrganizationID = acme) async throws {
        try await store.insert(
            Agent(id: id, organization: organization, name: "A", createdAt: now),
            for: .commandLine(for: organization))
    }

    static func call(
        _ id: String, agent: AgentID = agent, organization: OrganizationID = acme, number: String = "+15005550001",
        metadata: String? = nil
    ) throws -> Call {
        Call(
            id: CallID(rawValue: id), organization: organization, agent: agent,
            contact: Contact(phone: try #require(PhoneNumber(number)), name: nil, email: nil), dueAt: now,
            createdAt: now, metadata: metadata)
    }

    @discardableResult
    func add(_ id: String, number: String = "+15005550001", agent: AgentID = agent) async throws -> CallID {
        let call = try Self.call(id, agent: agent, number: number)
        _ = try await store.insert(call, for: .commandLine(for: Self.acme))
        return call.id
    }

    /// A rule that cancels; `first` runs before it, on the thread of the transaction.
    @discardableResult
    func cancel(
        _ id: CallID, for caller: Caller? = nil, first: @escaping @Sendable () -> Void = {}
    ) async throws(StoreFailure) -> Decided.Verdict? {
        let cancellation = Cancellation(
            organization: Self.acme, key: KeyID(rawValue: "key_1"), reason: "because", at: now)
        return try await store.decide(
            id, proving: nil, claimingUntil: now + .seconds(8), for: caller, at: now
        ) { call, scene in
            first()
            return call.receiving(.cancel(cancellation), in: scene, at: Self.now)
        }?.verdict
    }

    func admit(_ limit: Int = 100, until: Moment = now + .seconds(8)) async throws(StoreFailure) -> [Admitted] {
        let limits = DialLimits(maxLive: 1000, dialsPerSecond: 10_000_000)
        return try await store.admitDue(
            AdmissionTerms(limits: limits, atMost: limit), at: now, claimingUntil: until
        ) { call, scene in
            call.receiving(
                .lineFree(RoomName(installation: "t", call: call.id, attempt: 1)), in: scene, at: Self.now)
        }.admitted
    }

    @discardableResult
    func sendDial(_ lease: DialLease) async throws(StoreFailure) -> Decided? {
        try await store.decide(
            lease.call.id, proving: DialProof(lease), claimingUntil: nil, at: now
        ) { call, scene in
            call.receiving(
                .sendDial(deadline: Self.now + .seconds(34), LiveKitIDs()), about: lease.room, in: scene, at: Self.now)
        }
    }

    func status(_ id: CallID) async throws -> CallStatus? { try await store.call(id, at: now)?.call.status }

    static func caller(word: String, path: String = "/p", key: String = "key_1") -> Caller {
        let slot = Once.Slot(key: KeyID(rawValue: key), method: "POST", path: path, word: word)
        let once = Once(slot: slot, digest: [UInt8](repeating: 7, count: 32), at: now) { _ in
            StoredAnswer(status: 201, body: [UInt8](0...255))
        }
        return Caller(key: slot.key, organization: acme, role: .admin, once: once)
    }
}
