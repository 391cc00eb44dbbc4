import ArgumentParser
import Server

/// `switchboard serve`: the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server; on a sandbox of its own where no LIVEKIT_URL is set.",
        discussion: "Prints its address on standard output when it listens, logs on standard error, ends on SIGTERM.")

    @OptionGroup var file: ConfigOptions

    @Flag(
        name: .customLong("adopt-livekit"),
        help: "Start although calls are open at another LiveKit address: they are then looked for at this one.")
    var adoptLiveKit = false

    func run() async throws {
        var settings = try file.settings()
        settings.adoptsLiveKit = adoptLiveKit
        do {
            try await SwitchboardServer(settings: settings, logger: settings.logs.logger()).run()
        } catch {
            Terminal.complain("switchboard: \(settings.explanation(of: error))")
            throw ExitCode.failure
        }
    }
}
