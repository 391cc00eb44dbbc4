import ArgumentParser
import NIOHTTP1

/// `stop release`: lets calls go again.
struct StopRelease: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Release stops: the calls that they held are dialled when their turn comes.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "The stops' ids.")
    var ids: [String]

    @Option(help: "Why; kept with the stop.")
    var reason: String?

    func run() async throws {
        try await server.asking { client in
            for id in ids {
                let answer = try await client.ask(
                    .DELETE, ["stops", id], query: reason.map { [("reason", $0)] } ?? [])
                Terminal.print(
                    server.json ? String(decoding: answer.body, as: UTF8.self) : "\(id.harmless) released")
            }
        }
    }
}
