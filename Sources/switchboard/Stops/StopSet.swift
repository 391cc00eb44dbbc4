import ArgumentParser
import Foundation
import NIOHTTP1

/// `stop` itself: sets a stop and waits until the phones in its scope are silent.
struct StopSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set a stop, and wait until the phones are silent.")

    @OptionGroup var server: ServerOptions

    @Flag(help: "Every call of the organization.")
    var all = false

    @Option(help: "Calls of this agent.")
    var agent: String?

    @Option(help: "Calls of this batch.")
    var batch: String?

    @Option(help: ArgumentHelp("Calls to this number.", valueName: "number"))
    var phone: String?

    @Flag(help: "Leave calls alone that are connecting, ringing or active.")
    var leaveLive = false

    @Flag(help: "Keep the calls that wait: they are held until the release, instead of cancelled.")
    var holdQueue = false

    @Option(help: "Why; shown with the stop and with its calls.")
    var reason: String?

    @Option(help: ArgumentHelp("When it is released by itself; with its offset.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("How long to wait for silence.", valueName: "seconds"))
    var wait = 60

    func validate() throws {
        guard [all, agent != nil, batch != nil, phone != nil].filter(\.self).count == 1 else {
            throw ValidationError("What is to be stopped? --all, --agent, --batch or --phone: one of the four.")
        }
        guard (0...600).contains(wait) else { throw ValidationError("--wait is 0 to 600 seconds.") }
    }

    func run() async throws {
        var scope: [String: Any] = [:]
        if all { scope["all"] = true }
        if let agent { scope["agentId"] = agent }
        if let batch { scope["batchId"] = batch }
        if let phone { scope["phoneNumber"] = phone }
        var body: [String: Any] = [
            "scope": scope, "live": leaveLive ? "leave" : "hangup", "queue": holdQueue ? "hold" : "cancel",
        ]
        if let reason { body["reason"] = reason }
        if let until { body["until"] = until }
        let data = try JSONSerialization.data(withJSONObject: body)
        let last = try await server.asking { client in
            let stop = try await client.ask(.POST, ["stops"], body: data).decoded(StopRow.self)
            // First of all, and where it is not in the way of the JSON: from here on nothing is dialled.
            let said =
                "stopped: \(stop.scope.text.harmless). Nothing of it is dialled until: switchboard stop release \(stop.id.harmless)"
            if server.json { Terminal.complain(said) } else { Terminal.print(said) }
            return try await server.following(stop.drain, client, seconds: wait)
        }
        if !last.isSilent { throw ExitCode(3) }
    }
}
