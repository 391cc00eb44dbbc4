import ArgumentParser
import Foundation
import NIOHTTP1

/// `suppress add`: suppresses numbers, and waits until the calls to them are ended.
struct SuppressAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Never dial these numbers again; calls to them that wait are cancelled.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "The numbers, as +15005550001; up to 1,000.")
    var numbers: [String]

    @Flag(help: "Hang up calls to them that are connecting, ringing or active.")
    var hangup = false

    @Option(help: "Why; shown with the suppressions and with the calls that it ends.")
    var reason: String?

    @Option(help: ArgumentHelp("How long to wait for the calls to end.", valueName: "seconds"))
    var wait = 60

    func validate() throws {
        guard (1...SuppressionRequest.mostNumbers).contains(numbers.count) else {
            throw ValidationError("1 to 1,000 numbers; suppress import takes a file of any length.")
        }
        guard (0...600).contains(wait) else { throw ValidationError("--wait is 0 to 600 seconds.") }
    }

    func run() async throws {
        let request = SuppressionRequest(hangsUp: hangup, reason: reason)
        let body = try request.body(numbers)
        let last = try await server.asking { client in
            let reply = try await client.ask(.POST, ["suppressions"], body: body, timeout: 60)
                .decoded(SuppressionReply.self)
            for row in reply.suppressions {
                let said =
                    "\(row.phoneNumber.harmless): \(row.created == true ? "suppressed" : "was suppressed") (\(row.id.harmless))"
                if server.json { Terminal.complain(said) } else { Terminal.print(said) }
            }
            return try await server.following(reply.operation, client, seconds: wait)
        }
        if !last.isSilent { throw ExitCode(3) }
    }
}
