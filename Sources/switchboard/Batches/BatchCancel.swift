import ArgumentParser
import Foundation
import NIOHTTP1

/// `batch cancel`: cancels what is left of a batch.
struct BatchCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel what is left of a batch: calls that wait are not dialled, those that are up are hung up.",
        discussion: "One operation that survives a restart. Exit code 3: some phones are not known to be silent, yet.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "The batch's id.")
    var id: String

    @Flag(help: "Leave calls alone that are connecting, ringing or active.")
    var leaveLive = false

    @Option(help: "Why; kept with the calls.")
    var reason: String?

    @Option(help: ArgumentHelp("How long to wait for silence, at most 600.", valueName: "seconds"))
    var wait = 60

    func validate() throws {
        guard (0...600).contains(wait) else { throw ValidationError("--wait is 0 to 600 seconds.") }
    }

    func run() async throws {
        var body = ["live": leaveLive ? "leave" : "hangup"]
        body["reason"] = reason
        let data = try JSONSerialization.data(withJSONObject: body)
        let last = try await server.asking { client in
            let first = try await client.ask(.DELETE, ["batches", id], body: data).decoded(OperationRow.self)
            return try await server.following(first, client, seconds: wait)
        }
        if !last.isSilent { throw ExitCode(3) }
    }
}
