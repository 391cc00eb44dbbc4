import AsyncHTTPClient
import CallControl
import CallCore
import Foundation
import HTTPAPI
import Hummingbird
import LiveKit
package import Logging
import Sandbox
import ServiceLifecycle
import UnixSignals

/// The composition root: the only place that knows which store and which phone network there are.
package struct SwitchboardServer: Sendable {
    let settings: Settings
    let log: Logger

    package init(settings: Settings, logger: Logger) {
        self.settings = settings
        log = logger
    }

    /// Serves until SIGTERM or SIGINT.
    package func run() async throws {
        guard let liveKit = settings.liveKit else { return try await runOnSandbox() }
        let line = PhoneLine(
            url: liveKit.url.description, key: liveKit.key, secret: liveKit.secret.reveal(),
            name: liveKit.url.description,
            trunk: settings.trunk, isSandbox: false)
        try await run(on: line) { _ in }
    }

    /// With the sandbox inside: it is up before anything is dialled, and goes down last.
    private func runOnSandbox() async throws {
        var configuration = SandboxConfiguration()
        configuration.port = settings.sandboxPort
        let sandbox = SandboxServer(configuration: configuration, logger: quiet)
        log.warning("LIVEKIT_URL is not set: calls go to the sandbox's phones, no real phone will ring")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sandbox.run() }
            let port = await sandbox.boundPort()
            guard port > 0 else {
                try await group.next()
                throw ServerFailure("the sandbox could not listen on port \(settings.sandboxPort)")
            }
            let address = "http://127.0.0.1:\(port)"
            say("sandbox: \(address)")
            let line = PhoneLine(
                url: address, key: configuration.key, secret: configuration.secret, name: "sandbox",
                trunk: settings.trunk ?? "ST_sandbox", isSandbox: true)
            try await run(on: line) { webhook in sandbox.setWebhook(url: webhook) }
            group.cancelAll()
        }
    }

    private func run(on line: PhoneLine, listening: @escaping @Sendable (_ webhook: String) -> Void) async throws {
        let store = try settings.database.open(dispatching: true)
        let clients = DialClients(dials: settings.dialling.maxLive)
        let outcome: Result<Void, any Error>
        do {
            let parts = try await assemble(store, line, clients)
            let limits = parts.services.limits
            let app = Application(
                responder: buildResponder(parts.services, logger: log), server: httpServer(limits),
                configuration: applicationConfiguration(
                    limits, address: .hostname(settings.listener.host, port: settings.listener.port), logger: quiet),
                onServerRunning: { channel in
                    let base = address(port: channel.localAddress?.port ?? settings.listener.port)
                    listening("\(base)/api/v1/livekit/webhook")
                    say("switchboard: \(base)")
                }, logger: quiet)
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [
                        .init(service: parts.neighbours), .init(service: parts.housekeeping),
                        .init(service: parts.stopHours),
                        .init(service: parts.breakers), .init(service: parts.budgets),
                    ]
                        + (parts.retention.map { [.init(service: $0)] } ?? [])
                        + (parts.rollCall.map { [.init(service: $0)] } ?? [])
                        + [.init(service: parts.dispatcher), .init(service: app)],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
            try await group.run()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await clients.shutdown()
        try outcome.get()
    }

    /// The address that a process on this machine reaches the server by.
    private func address(port: Int) -> String {
        let host = settings.listener.host
        if ["0.0.0.0", "::", "localhost"].contains(host) { return "http://127.0.0.1:\(port)" }
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// For the libraries' own tales of starting and stopping.
    private var quiet: Logger {
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        return quiet
    }
}

/// One line on standard output, at once: scripts wait for it.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Why the server does not start, in words for people.
struct ServerFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
