import AsyncHTTPClient
import Foundation
import Hummingbird
import LiveKit
package import Logging
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle

/// A LiveKit-compatible server with a phone network behind it.
package final class SandboxServer: Service {
    /// The time of everything that happens behind the server.
    package let clock: SandboxClock
    package let network: PhoneNetwork
    package let faults = MethodFaults()
    package let outage = Outage()
    package let webhooks: WebhookSender

    private let configuration: SandboxConfiguration
    private let logger: Logger
    private let port = BoundPort()

    package init(configuration: SandboxConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        let clock = SandboxClock(
            eventLoop: HTTPClient.defaultEventLoopGroup.any(),
            startedAt: Int64(configuration.now().timeIntervalSince1970 * 1_000) * 1_000_000)
        let webhooks = WebhookSender(url: configuration.webhookURL, clock: clock)
        let network = Network(
            settings: configuration.network, now: clock.now, legLimit: configuration.legLimit,
            newID: configuration.newID)
        self.clock = clock
        self.webhooks = webhooks
        self.network = PhoneNetwork(network: network, clock: clock) { webhooks.post($0) }
    }

    /// The port it listens on, as soon as it does; 0 when it never will.
    package func boundPort() async -> Int { await port.value() }

    /// Where webhooks go from now on; nil: nowhere.
    package func setWebhook(url: String?) {
        webhooks.setURL(url)
    }

    /// Serves until graceful shutdown or cancellation.
    package func run() async throws {
        let key = await APIKey(configuration.key, secret: configuration.secret)
        let now = configuration.now
        var settings = HTTPClient.Configuration()
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        settings.connectionPool.retryConnectionEstablishment = false
        settings.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: settings)
        let app = application(keys: APIKeys([key]))
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { self.stop() }
                    // The server waits for its last requests, and those for their dials: they are sent away first.
                    try await withTaskCancellationHandler {
                        try await withGracefulShutdownHandler {
                            try await app.run()
                        } onGracefulShutdown: {
                            self.stop()
                        }
                    } onCancel: {
                        self.stop()
                    }
                }
                group.addTask {
                    let signer = WebhookSigner(key: key, now: now)
                    await self.webhooks.run(signer: signer, post: WebhookPost(client: client).callAsFunction)
                }
                try await group.waitForAll()
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try? await client.shutdown()
        try outcome.get()
    }

    /// Sends away whoever waits, so that the last connections can close.
    private func stop() {
        network.stop()
        clock.reset()
        webhooks.stop()
        port.set(0)
    }

    private func application(keys: APIKeys) -> some ApplicationProtocol {
        let methods = TwirpMethods(network: network)
        let responder = SandboxResponder(
            twirp: TwirpResponder(methods: methods, faults: faults, keys: keys, clock: clock, now: configuration.now),
            control: ControlResponder(
                network: network, webhooks: webhooks, faults: faults, outage: outage, methods: methods.names,
                clock: clock, settings: configuration.network),
            outage: outage)
        return Application(
            responder: responder,
            // As many wait at LiveKit's door where Linux is left as it is. With fewer a moment in which this process gets no processor
            // costs whoever comes meanwhile seconds: their first packets are dropped.
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 4096),
            onServerRunning: { [port, logger] channel in
                let bound = channel.localAddress?.port ?? 0
                logger.info("sandbox listens", metadata: ["port": "\(bound)"])
                port.set(bound)
            },
            logger: logger)
    }
}

/// The port, for those who ask before it is known.
///
/// The first value stays.
private final class BoundPort: Sendable {
    private struct State {
        var port: Int?
        var waiters: [CheckedContinuation<Int, Never>] = []
    }

    private let state = NIOLockedValueBox(State())

    func set(_ port: Int) {
        let waiters = state.withLockedValue { state in
            guard state.port == nil else { return [CheckedContinuation<Int, Never>]() }
            state.port = port
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: port) }
    }

    func value() async -> Int {
        await withCheckedContinuation { continuation in
            let port = state.withLockedValue { state in
                if state.port == nil { state.waiters.append(continuation) }
                return state.port
            }
            if let port { continuation.resume(returning: port) }
        }
    }
}
