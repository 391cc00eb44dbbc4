import AsyncHTTPClient
import CallControl
import CallCore
import Dispatching
import Foundation
import HTTPAPI
import LiveKit
import LiveKitPhone
import Logging

/// Where calls are dialled.
///
/// LiveKit's own or the sandbox: nothing behind this knows which.
struct PhoneLine: Sendable {
    let url: String
    let key: String
    let secret: String
    /// What the store remembers it by: an embedded sandbox has another port at every start, and is still the same.
    let name: String
    let trunk: String?
    let isSandbox: Bool
}

/// The two HTTP clients towards LiveKit: dials hold a connection while a phone rings, and no hang-up may queue behind them.
struct DialClients: Sendable {
    let dials: HTTPClient
    let others: HTTPClient

    init(dials count: Int) {
        dials = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            configuration: LiveKitClient.httpConfiguration(connectionsPerHost: count + 16))
        others = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            // More than all that the dispatcher asks at a time, each thing twice while LiveKit hangs: see DispatchPolicy.
            configuration: LiveKitClient.httpConfiguration(connectionsPerHost: 600))
    }

    func shutdown() async {
        try? await dials.shutdown()
        try? await others.shutdown()
    }
}

extension SwitchboardServer {
    struct Parts {
        let neighbours: Neighbours
        let dispatcher: Dispatcher
        let housekeeping: Housekeeping
        let stopHours: StopHours
        let breakers: Breakers
        let budgets: Budgets
        /// Nil where everything is kept.
        let retention: Retention?
        /// Nil where there can be one node only.
        let rollCall: RollCall?
        let services: APIServices
    }

    /// Puts the parts together around one store and one phone line.
    func assemble(_ store: any Store, _ line: PhoneLine, _ clients: DialClients) async throws -> Parts {
        guard let url = ServerURL(line.url) else { throw ServerFailure("LIVEKIT_URL \(line.url) is no address") }
        let clock = SystemClock()
        // Before this node says that it serves.
        let archive = try settings.retention?.archive.map { try FileArchive(folder: $0) }
        let node = Identifiers().base62(8)
        let installation = try await settle(on: line, store, as: node, clock)
        // Where this is the only process of the database, what its predecessor had leased is free.
        if !store.isShared { try await store.voidLeases(at: clock.now) }
        let key = await LiveKit.APIKey(line.key, secret: line.secret)
        let client = LiveKitClient(
            url: url, key: key, dials: clients.dials, others: clients.others, now: { Date() })
        let phone = LiveKitPhone(client)
        let registry = MetricsRegistry(help: DispatchMetrics.help)
        let metrics = DispatchMetrics(factory: registry)
        let neighbours = Neighbours(settings.database, node: node)
        let bell = neighbours.calls
        let signals = RoomSignals()
        let reports = CallReports(
            store: store, bell: bell, clock: clock, signals: signals, installation: installation)
        let timedBell = Bell()
        let stops = Stops(
            store: store, agents: store, bell: neighbours.operations, timedBell: timedBell, clock: clock)
        let breakers = Breakers(store: store, stops: stops, clock: clock, log: log)
        let budgets = Budgets(store: store, stops: stops, clock: clock, log: log)
        let dispatcher = Dispatcher(
            store: store, phone: phone, reports: reports, clock: clock, bell: bell, signals: signals,
            operationsBell: neighbours.operations, installation: installation, node: node, policy: dispatchPolicy(line),
            metrics: metrics,
            failed: { breakers.hear(of: $0, $1) }, keptBack: { budgets.hear(of: $0) }, log: log)
        let calls = Calls(
            store: store, agents: store, phone: phone, terminator: dispatcher, bell: bell, clock: clock,
            policy: callPolicy(line))
        let operationsBell = dispatcher.operationsBell
        let verifier = WebhookVerifier(keys: APIKeys([key]), now: { Date() })
        let rollCall =
            store.isShared
            ? RollCall(register: store, node: node, livekitAddress: line.name, clock: clock, log: log) : nil
        // So that it begins with no more than its share.
        try await rollCall?.announce()
        let operations = Operations(store: store, bell: operationsBell, clock: clock)
        let services = APIServices(
            calls: calls,
            batches: Batches(
                store: store, agents: store, operations: operations, bell: bell, clock: clock,
                limits: dialLimits(line)),
            agents: Agents(store: store, bell: bell, operationsBell: operationsBell, clock: clock),
            organizations: Organizations(store: store, operationsBell: operationsBell, clock: clock),
            keys: Keys(store: store, clock: clock),
            stops: stops,
            suppressions: Suppressions(store: store, bell: operationsBell, clock: clock),
            operations: operations, answers: Answers(store: store),
            audit: Audit(store: store),
            reports: LiveKitReports(verifier: verifier, reports: reports, log: log), clock: clock,
            limits: settings.rateLimit.map { APILimits(rate: $0.perSecond, burst: $0.burst) } ?? APILimits(rate: 0),
            nodes: { rollCall?.nodes ?? 1 },
            phoneIsSandbox: line.isSandbox, isReady: { (try? await store.liveCalls()) != nil },
            metrics: { (try? await store.workload()).map { $0.exposition() + registry.exposition() } })
        let housekeeping = Housekeeping(answers: store, clock: clock, log: log)
        let stopHours = StopHours(
            store: store, stops: stops, bell: timedBell, clock: clock,
            lookAgainEvery: store.isShared ? .seconds(1) : nil, log: log)
        let retention = settings.retention.map { setting in
            Retention(
                store: store, archive: archive, node: node, clock: clock,
                policy: Retention.Policy(age: .seconds(setting.days * 86_400)), metrics: metrics, log: log)
        }
        return Parts(
            neighbours: neighbours, dispatcher: dispatcher, housekeeping: housekeeping, stopHours: stopHours,
            breakers: breakers,
            budgets: budgets,
            retention: retention,
            rollCall: rollCall,
            services: services)
    }

    private func callPolicy(_ line: PhoneLine) -> Calls.Policy {
        var policy = Calls.Policy()
        policy.limits = dialLimits(line)
        return policy
    }

    /// One for those who dial and for those who explain why nothing is dialled.
    private func dialLimits(_ line: PhoneLine) -> DialLimits {
        let dialling = settings.dialling
        var limits = DialLimits(
            maxLive: dialling.maxLive, dialsPerSecond: dialling.perSecond, maxLateness: dialling.maxLateness)
        for (name, limit) in dialling.organizations {
            if name == LimitList.everyOther {
                limits.everyOrganization = limit
            } else {
                limits.organizations[OrganizationID(rawValue: name)] = limit
            }
        }
        limits.trunks = dialling.trunks
        limits.number = dialling.number
        limits.defaultTrunk = line.trunk
        return limits
    }

    private func dispatchPolicy(_ line: PhoneLine) -> DispatchPolicy {
        var policy = DispatchPolicy()
        policy.limits = dialLimits(line)
        return policy
    }

    /// Refuses to start on another LiveKit while calls are open on the old one, or other nodes serve there: their phones could not be
    /// hung up from here.
    private func settle(
        on line: PhoneLine, _ store: any Store, as node: String, _ clock: any WallClock
    ) async throws -> String {
        var joined = try await join(on: line, store, as: node, at: clock.now)
        // One that was killed, or stood in a backup, counts for its lease; one that lives is still there then.
        let patience = clock.now + RollCall.lease + .seconds(1)
        if case .othersAreAt(let address) = joined {
            log.warning(
                "another node serves with other phones: waiting in case it is gone", metadata: ["at": "\(address)"])
        }
        while case .othersAreAt = joined, clock.now < patience {
            try await clock.sleep(until: clock.now + .milliseconds(500))
            joined = try await join(on: line, store, as: node, at: clock.now)
        }
        switch joined {
        case .served: return try await store.installation().id
        case .othersAreAt(let address):
            throw ServerFailure(
                line.isSandbox
                    ? """
                    another node serves on this database, with its phones at \(address), and nobody else reaches the sandbox inside \
                    of this server. Start one with `switchboard sandbox`, and set LIVEKIT_URL to it for all nodes.
                    """
                    : """
                    another node serves on this database, with its phones at \(address), and this one was told to use \(line.name): \
                    set LIVEKIT_URL to the same for all nodes, or stop the others first.
                    """)
        case .openWork(let count, let address):
            throw ServerFailure(
                """
                \(count) calls or hang-ups are open at \(address), and this server was told to use \(line.name). \
                Start it with \(address) until they are done, or with --adopt-livekit to look for them at the new address.
                """)
        }
    }

    private func join(
        on line: PhoneLine, _ store: any Store, as node: String, at now: Moment
    ) async throws -> Joined {
        let joining = Joining(
            node, livekitAddress: line.name, othersReachIt: !line.isSandbox, adopts: settings.adoptsLiveKit,
            until: now + RollCall.lease)
        return try await store.join(joining, at: now)
    }
}
