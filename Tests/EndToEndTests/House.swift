import AsyncHTTPClient
import CallControl
import CallCore
import Dispatching
import Foundation
import LiveKit
import LiveKitPhone
import Logging
import NIOCore
import NIOHTTP1
import SQLiteStore
import Sandbox

/// The whole path but the HTTP door: calls, store, dispatcher, LiveKit's protocol over real sockets, the sandbox's phones.
struct House: Sendable {
    let sandbox: String
    let store: SQLiteStore
    let calls: Calls
    let agents: Agents
    let stops: Stops
    let spy: DialSpy
    let door: WebhookDoor
    let caller = Caller(key: KeyID(rawValue: "key_1"), organization: OrganizationID(rawValue: "acme"), role: .admin)
    let clock = SystemClock()
    let log: Logger

    /// Opens the house, runs `body` in it, and closes it again: the sandbox last, for whoever is closed may still ask it something.
    ///
    /// - Parameter webhooks: LiveKit's webhooks come in; without, polls tell all.
    static func open(
        settings: NetworkSettings = NetworkSettings(), webhooks: Bool = false, reconcileEvery: Duration = .seconds(1),
        maxLive: Int = 500,
        _ body: @escaping @Sendable (House) async throws -> Void
    ) async throws {
        var log = Logger(label: "house")
        log.logLevel = .critical
        var configuration = SandboxConfiguration()
        configuration.network = settings
        let sandbox = SandboxServer(configuration: configuration, logger: log)
        let http = LiveKitClient.httpConfiguration(connectionsPerHost: 600)
        let dials = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: http)
        let others = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: http)
        let result: Result<Void, any Error> = await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await sandbox.run() }
            let result: Result<Void, any Error>
            do {
                let port = await sandbox.boundPort()
                let (house, dispatcher) = try await build(
                    "http://127.0.0.1:\(port)", configuration, dials, others, reconcileEvery, maxLive, log)
                try await withThrowingTaskGroup(of: Void.self) { inner in
                    inner.addTask { try await dispatcher.run() }
                    if webhooks {
                        inner.addTask { try await house.door.run() }
                        sandbox.setWebhook(url: "http://127.0.0.1:\(await house.door.boundPort())/")
                    }
                    defer { inner.cancelAll() }
                    try await body(house)
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try? await dials.shutdown()
            try? await others.shutdown()
            group.cancelAll()
            return result
        }
        try result.get()
    }

    private static func build(
        _ address: String, _ configuration: SandboxConfiguration, _ dials: HTTPClient, _ others: HTTPClient,
        _ reconcileEvery: Duration, _ maxLive: Int, _ log: Logger
    ) async throws -> (House, Dispatcher) {
        let store = try SQLiteStore(.memory)
        guard let url = ServerURL(address) else { throw Failure("no address") }
        let key = await LiveKit.APIKey(configuration.key, secret: configuration.secret)
        let client = LiveKitClient(url: url, key: key, dials: dials, others: others, now: { Date() })
        let spy = DialSpy(LiveKitPhone(client))
        let bell = Bell()
        let signals = RoomSignals()
        let clock = SystemClock()
        let installation = try await store.installation().id
        let reports = CallReports(
            store: store, bell: bell, clock: clock, signals: signals, installation: installation)
        var policy = DispatchPolicy()
        policy.limits.dialsPerSecond = 1000
        policy.limits.maxLive = maxLive
        policy.defaultTrunk = "ST_sandbox"
        policy.reconcileEvery = reconcileEvery
        let dispatcher = Dispatcher(
            store: store, phone: spy, reports: reports, clock: clock, bell: bell, signals: signals,
            installation: installation, policy: policy, log: log)
        let calls = Calls(
            store: store, agents: store, phone: spy, terminator: dispatcher, bell: bell, clock: clock,
            policy: Calls.Policy(defaultTrunk: "ST_sandbox"))
        let agents = Agents(store: store, bell: bell, operationsBell: dispatcher.operationsBell, clock: clock)
        let verifier = WebhookVerifier(keys: APIKeys([key]), now: { Date() })
        let door = WebhookDoor(LiveKitReports(verifier: verifier, reports: reports, log: log), log: log)
        let stops = Stops(store: store, agents: store, bell: dispatcher.operationsBell, clock: clock)
        let house = House(
            sandbox: address, store: store, calls: calls, agents: agents, stops: stops, spy: spy, door: door, log: log)
        return (house, dispatcher)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

extension House {
    func agent(_ agentName: String? = nil, ringingTimeout: Int = 30) async throws -> Agent {
        try await agents.create(name: "A", by: caller) { agent in
            agent.agentName = agentName
            agent.ringingTimeout = ringingTimeout
        }
    }

    func place(_ number: String, _ agent: Agent, retries: RetryPlan? = nil) async throws -> CallID {
        guard let phone = PhoneNumber(number) else { throw Failure("\(number) is no number") }
        var order = CallOrder(agent: agent.id, contact: Contact(phone: phone))
        order.retries = retries
        return try await calls.schedule(order, by: caller).call.id
    }

    func record(_ id: CallID) async throws -> CallRecord { try await calls.get(id, by: caller) }

    func cancel(_ id: CallID, wait: Duration? = nil) async throws -> Call {
        try await calls.cancel(id, by: caller, waitForVerification: wait, log: log)
    }

    /// What the call's history tells.
    func history(of id: CallID) async throws -> [Notice] {
        try await calls.events(of: id, by: caller, after: 0, limit: 100).events.map(\.notice)
    }

    /// Asks until the call's record is as wanted; at most for so long.
    @discardableResult
    func until(
        _ id: CallID, within limit: Duration = .seconds(20), _ wanted: @Sendable (CallRecord) -> Bool
    ) async throws -> CallRecord {
        let deadline = clock.now + limit
        while true {
            let record = try await record(id)
            if wanted(record) { return record }
            guard clock.now < deadline else {
                throw Failure("\(id) is \(record.call.phase), \(String(describing: record.termination))")
            }
            try await clock.sleep(until: clock.now + .milliseconds(10))
        }
    }

    /// What the phones of a room heard, or of all rooms.
    func legs(of room: String? = nil) async throws -> [PhoneLeg] {
        struct Answer: Decodable { let legs: [PhoneLeg] }
        let query = room.map { "?room=\($0)" } ?? ""
        return try await ask("/sandbox/phones\(query)", as: Answer.self).legs
    }

    func rooms() async throws -> [String] {
        struct Room: Decodable { let name: String }
        struct Answer: Decodable { let rooms: [Room] }
        return try await ask("/sandbox/rooms", as: Answer.self).rooms.map(\.name)
    }

    func control(_ path: String, _ json: String) async throws {
        var request = HTTPClientRequest(url: sandbox + "/sandbox/" + path)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(Array(json.utf8))
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        guard answer.status == .ok else { throw Failure("\(path): \(answer.status)") }
    }

    private func ask<Answer: Decodable>(_ path: String, as type: Answer.Type) async throws -> Answer {
        let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: sandbox + path), timeout: .seconds(10))
        let body = try await answer.body.collect(upTo: 16 << 20)
        return try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
    }
}

/// A leg in the sandbox's log: the truth about a phone.
///
/// Times are in ms since 1970.
struct PhoneLeg: Decodable, Sendable {
    let number: String
    let roomName: String
    let joinedAt: Int64?
    let inviteAt: Int64?
    let ringingAt: Int64?
    let answeredAt: Int64?
    let cancelAt: Int64?
    let byeAt: Int64?
    let up: Bool
}

extension House {
    /// A room that none of our calls has made.
    func makeRoom(_ name: String) async throws {
        var request = LKCreateRoomRequest()
        request.name = name
        _ = try await client().createRoom(request)
    }

    /// Deletes a room as any other application might, without a thought for what is under way there.
    func deleteRoom(_ name: String) async throws { try await client().deleteRoom(name) }

    /// Takes the voice agents out of a room, as if their workers had died.
    func removeAgents(from room: String) async throws {
        let client = try await client()
        for participant in try await client.listParticipants(room: room) where participant.kind == .agent {
            try await client.removeParticipant(room: room, identity: participant.identity)
        }
    }

    private func client() async throws -> LiveKitClient {
        guard let url = ServerURL(sandbox) else { throw Failure("no address") }
        return LiveKitClient(
            url: url, key: await LiveKit.APIKey("devkey", secret: "secret"), dials: .shared, others: .shared,
            now: { Date() })
    }
}
