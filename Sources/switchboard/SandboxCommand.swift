import ArgumentParser
import Foundation
import Logging
import Sandbox
import ServiceLifecycle
import UnixSignals

/// `switchboard sandbox`: the sandbox alone.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Run a LiveKit-compatible server with a phone network behind it.",
        discussion: "Prints its address on standard output when it listens, logs on standard error, ends on SIGTERM.")

    @Option(help: "The address to listen on; /sandbox/... is answered to this machine only.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0: any that is free. Without it SANDBOX_PORT says, else it is 0.")
    var port: Int = ProcessInfo.processInfo.environment["SANDBOX_PORT"].flatMap { Int($0) } ?? 0

    @Option(help: "The API key.")
    var key = "devkey"

    @Option(help: "The API key's secret.")
    var secret = "secret"

    @Option(name: .customLong("webhook-url"), help: ArgumentHelp("Where webhooks go.", valueName: "url"))
    var webhookURL: String?

    @Option(help: ArgumentHelp("How many phone calls are remembered after their end.", valueName: "number"))
    var legs = SandboxConfiguration().legLimit

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
        guard !key.isEmpty, !secret.isEmpty else { throw ValidationError("--key and --secret must not be empty") }
        guard legs > 0 else { throw ValidationError("--legs must be above 0") }
    }

    func run() async throws {
        var configuration = SandboxConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.key = key
        configuration.secret = secret
        configuration.webhookURL = webhookURL
        configuration.legLimit = legs
        let logger = Logger(label: "sandbox") { StreamLogHandler.standardError(label: $0) }
        let server = SandboxServer(configuration: configuration, logger: logger)
        let group = ServiceGroup(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let port = await server.boundPort()
                if port > 0 { Terminal.print("sandbox: http://\(host):\(port)") }
                try await tasks.waitForAll()
            }
        } catch {
            Terminal.complain("switchboard: \(error)")
            throw ExitCode.failure
        }
    }
}
