import ArgumentParser
import NIOHTTP1

/// `suppress remove`: lets numbers be dialled again.
struct SuppressRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Let numbers be dialled again: calls to them are accepted.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "The numbers, or the ids of their suppressions.")
    var what: [String]

    @Option(help: "Why; kept in the audit log.")
    var reason: String?

    func run() async throws {
        try await server.asking { client in
            for text in what {
                var id = text
                if text.hasPrefix("+") {
                    let page = try await client.ask(.GET, ["suppressions"], query: [("phoneNumber", text)])
                        .decoded(SuppressionPage.self)
                    guard let found = page.suppressions.first else {
                        throw ClientFailure.refused("\(text.harmless) is not suppressed")
                    }
                    id = found.id
                }
                let answer = try await client.ask(
                    .DELETE, ["suppressions", id], query: reason.map { [("reason", $0)] } ?? [])
                Terminal.print(
                    server.json
                        ? String(decoding: answer.body, as: UTF8.self) : "\(text.harmless) is not suppressed any more")
            }
        }
    }
}
