import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOConcurrencyHelpers
import NIOCore
import SQLiteStore
import TestSupport

/// The door with a real store behind it and nobody on the phone; two organizations, a key for each role, an agent each.
struct House: Sendable {
    let store: SQLiteStore
    let clock = MovableClock()
    let phone = SilentPhone()
    let terminator = RecordingTerminator()
    let reports = ReportBox()
    let log = LogBox()
    let services: APIServices
    let app: Application<APIResponder>

    let admin: String
    let `operator`: String
    let viewer: String
    let worker: String
    let stranger: String
    let adminKey: KeyID
    let agent: AgentID
    let strangersAgent: AgentID

    static let organization = OrganizationID(rawValue: "acme")
    static let other = OrganizationID(rawValue: "other")

    init(
        limits: APILimits = APILimits(rate: 0), isReady: Bool = true, sandbox: Bool = true, metrics: String? = "",
        nodes: @escaping @Sendable () -> Int = { 1 }, number: NumberLimit? = nil
    ) async throws {
        store = try SQLiteStore(.memory)
        var policy = Calls.Policy(defaultTrunk: "ST_default")
        policy.limits.number = number
        let bell = Bell()
        let keys = Keys(store: store, clock: clock)
        let agents = Agents(store: store, bell: bell, operationsBell: Bell(), clock: clock)
        let operations = Operations(store: store, bell: Bell(), clock: clock)
        services = APIServices(
            calls: Calls(
                store: store, agents: store, phone: phone, terminator: terminator, bell: bell, clock: clock,
                policy: policy),
            batches: Batches(
                store: store, agents: store, operations: operations, bell: bell, clock: clock,
                limits: policy.limits),
            agents: agents,
            organizations: Organizations(store: store, operationsBell: Bell(), clock: clock), keys: keys,
            stops: Stops(store: store, agents: store, bell: Bell(), clock: clock),
            suppressions: Suppressions(store: store, bell: Bell(), clock: clock),
            operations: operations, answers: Answers(store: store),
            audit: Audit(store: store), reports: reports,
            clock: clock, limits: limits, nodes: nodes, phoneIsSandbox: sandbox,
            isReady: { isReady }, metrics: { metrics })
        let box = log
        app = Application(
            responder: buildResponder(services, logger: Logger(label: "api") { _ in BoxedLog(box: box) }),
            server: httpServer(limits),
            configuration: applicationConfiguration(
                limits, address: .hostname("127.0.0.1", port: 0),
                logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }),
            logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
        var secrets: [APIKey.Role: String] = [:]
        var ids: [APIKey.Role: KeyID] = [:]
        for role in APIKey.Role.allCases {
            let made = try await keys.create(
                name: role.rawValue, role: role, expiresAt: nil, by: .commandLine(for: Self.organization))
            secrets[role] = made.secret
            ids[role] = made.key.id
        }
        admin = secrets[.admin] ?? ""
        self.operator = secrets[.operator] ?? ""
        viewer = secrets[.viewer] ?? ""
        worker = secrets[.worker] ?? ""
        adminKey = ids[.admin] ?? KeyID(rawValue: "")
        let other = try await keys.create(name: "b", role: .admin, expiresAt: nil, by: .commandLine(for: Self.other))
        stranger = other.secret
        agent = try await agents.create(
            name: "Ada", by: Caller(key: adminKey, organization: Self.organization, role: .admin)
        ) { $0.phoneNumbers = ["+15005550100"].compactMap { PhoneNumber($0) } }.id
        strangersAgent = try await agents.create(name: "Bob", by: Caller(other.key)) { _ in }.id
    }

    /// One request, without a socket; by the admin unless told otherwise.
    func send(
        _ method: HTTPRequest.Method, _ path: String, key: Credential = .admin, _ body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Reply {
        try await send(method, path, key: key, bytes: body.map { Array($0.utf8) }, headers: headers)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, key: Credential = .admin, bytes: [UInt8]?,
        headers: [String: String] = [:]
    ) async throws -> Reply {
        var fields = HTTPFields()
        if bytes != nil { fields[.contentType] = "application/json" }
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        if let name = HTTPField.Name("x-api-key"), let secret = secret(key) { fields[name] = secret }
        let sent = fields
        return try await app.test(.router) { client in
            Reply(
                try await client.executeRequest(
                    uri: path, method: method, headers: sent, body: bytes.map { ByteBuffer(bytes: $0) }))
        }
    }

    func secret(_ credential: Credential) -> String? {
        switch credential {
        case .admin: admin
        case .operator: self.operator
        case .viewer: viewer
        case .worker: worker
        case .stranger: stranger
        case .nobody: nil
        case .text(let text): text
        }
    }

    /// A call for tomorrow, through the API.
    func scheduled(_ extra: String = "", key: Credential = .admin, agent: AgentID? = nil) async throws -> String {
        let tomorrow = clock.now + .seconds(86_400)
        let reply = try await send(
            .post, "/api/v1/calls/schedule", key: key,
            #"{"agentId":"\#(agent ?? self.agent)","contactPhone":"+15005550001","scheduledAt":"\#(tomorrow)"\#(extra)}"#
        )
        guard reply.status == 201, let id = reply.data["id"].string else { throw Unexpected(reply: reply) }
        return id
    }

    /// A call that got as far as this, through the store's own rules.
    func call(_ status: CallStatus) async throws -> String {
        let reply = try await send(
            .post, "/api/v1/calls/outbound", #"{"agentId":"\#(agent)","phoneNumber":"+15005550001"}"#)
        guard reply.status == 201, let text = reply.data["id"].string else { throw Unexpected(reply: reply) }
        let id = CallID(rawValue: text)
        if status == .initiated { return text }
        let room = RoomName(installation: "test", call: id, attempt: 1)
        let lines: [CallEvent] =
            switch status {
            case .initiated, .connecting, .cancelled: []
            case .ringing: [.ringing]
            case .active: [.ringing, .answered(LiveKitIDs(participant: "PA_1"), dialReturned: true)]
            case .completed:
                [
                    .answered(LiveKitIDs(), dialReturned: true),
                    .left(Departure(reason: .clientInitiated, wasAnswered: true)),
                ]
            case .failed: [.failed(DialFailure(status: .failed, reason: .declined, sipStatusCode: 603))]
            case .busy: [.failed(DialFailure(status: .busy, sipStatusCode: 486))]
            case .noAnswer: [.failed(.notAnswered)]
            }
        try await decide(id, .lineFree(room))
        try await decide(
            id, .sendDial(deadline: clock.now + .seconds(40), LiveKitIDs(room: "RM_1", dispatch: "AD_1", job: "AJ_1")))
        for event in lines {
            clock.advance(by: .seconds(5))
            try await decide(id, event)
        }
        if status == .cancelled { _ = try await send(.delete, "/api/v1/calls/\(text)") }
        return text
    }

    func decide(_ id: CallID, _ event: CallEvent) async throws {
        let now = clock.now
        _ = try await store.decide(id, proving: nil, claimingUntil: nil, at: now) { call, scene in
            call.receiving(event, in: scene, at: now)
        }
    }
}

/// Who asks.
enum Credential: Sendable, Equatable {
    case admin, `operator`, viewer, worker
    /// The admin of the other organization.
    case stranger
    case nobody
    case text(String)
}

struct Unexpected: Error { let reply: Reply }

/// Takes LiveKit's reports and says what it was told to say.
final class ReportBox: PhoneReports {
    private let state = NIOLockedValueBox<(refusal: ReportRefusal?, taken: [[UInt8]])>((nil, []))
    var taken: [[UInt8]] { state.withLockedValue { $0.taken } }
    func refuse(_ refusal: ReportRefusal) { state.withLockedValue { $0.refusal = refusal } }

    func receive(body: [UInt8], authorization: String?) async throws(ReportRefusal) {
        let refusal = state.withLockedValue { state in
            state.taken.append(body)
            return authorization == "livekit-token" ? state.refusal : .unauthenticated("no token")
        }
        if let refusal { throw refusal }
    }
}

/// Every line that was logged, with its metadata.
final class LogBox: Sendable {
    struct Line: Sendable {
        let level: Logger.Level
        let text: String
        let metadata: Logger.Metadata
    }

    private let state = NIOLockedValueBox<[Line]>([])
    var lines: [Line] { state.withLockedValue { $0 } }
    func add(_ line: Line) { state.withLockedValue { $0.append(line) } }
}

struct BoxedLog: LogHandler {
    let box: LogBox
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    init(box: LogBox) { self.box = box }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        box.add(
            LogBox.Line(
                level: event.level, text: "\(event.message)",
                metadata: metadata.merging(event.metadata ?? [:]) { _, new in new }))
    }
}
