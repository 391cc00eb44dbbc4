import ArgumentParser
import Foundation

/// Which server a command asks, and with which key.
struct ServerOptions: ParsableArguments {
    @Option(help: "The server's address; otherwise SWITCHBOARD_URL, otherwise http://127.0.0.1:8080.")
    var url: String?

    @Option(help: "An API key; otherwise SWITCHBOARD_KEY, which does not show in the list of processes.")
    var key: String?

    @Flag(help: "Print the API's own JSON.")
    var json = false

    func validate() throws {
        guard !(key ?? Self.environment("SWITCHBOARD_KEY") ?? "").isEmpty else {
            throw ValidationError("An API key is needed: set SWITCHBOARD_KEY, or give --key.")
        }
        guard let parts = URLComponents(string: address), ["http", "https"].contains(parts.scheme), parts.host != nil
        else {
            throw ValidationError("\(address.harmless) is no address: it looks like http://127.0.0.1:8080.")
        }
    }

    /// Lends a client, and turns a failure into a message and the exit code that goes with it.
    func asking<Result>(_ work: (APIClient) async throws -> Result) async throws -> Result {
        do {
            return try await APIClient.with(
                url: address, key: key ?? Self.environment("SWITCHBOARD_KEY") ?? "", work)
        } catch let failure as ClientFailure {
            Terminal.complain("switchboard: \(failure.message)")
            throw ExitCode(failure.exitCode)
        }
    }

    private var address: String { url ?? Self.environment("SWITCHBOARD_URL") ?? "http://127.0.0.1:8080" }

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
