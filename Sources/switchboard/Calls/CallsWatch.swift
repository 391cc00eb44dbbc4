import ArgumentParser
import NIOHTTP1

/// `calls watch`: a live table, until nothing in it can change any more.
struct CallsWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Watch calls until all are over.",
        discussion: "On a screen the table is drawn anew; otherwise every change is one line.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "The calls' ids.")
    var ids: [String] = []

    @Option(help: "The newest calls of this agent.")
    var agent: String?

    @Flag(help: "The newest calls of all agents.")
    var all = false

    func validate() throws {
        guard [!ids.isEmpty, agent != nil, all].filter(\.self).count == 1 else {
            throw ValidationError("Name calls, or --agent, or --all: one of the three.")
        }
    }

    func run() async throws {
        try await server.asking { client in
            let source = CallSource(client: client, ids: ids, agent: agent)
            var view = view(on: Terminal())
            var quietUntil: ContinuousClock.Instant?
            while true {
                do {
                    let calls = try await source.look()
                    quietUntil = nil
                    view.show(calls)
                    if !calls.contains(where: \.isOpen) { return }
                } catch ClientFailure.unreachable(let message) {
                    // A server that restarts is back in a moment; one that was never there is not.
                    guard view.hasShown else { throw ClientFailure.unreachable(message) }
                    let end = quietUntil ?? .now + .seconds(30)
                    quietUntil = end
                    guard .now < end else { throw ClientFailure.unreachable(message) }
                }
                try await Task.sleep(for: source.interval)
            }
        }
    }

    private func view(on terminal: Terminal) -> any WatchView {
        if server.json { return LineView(json: true) }
        return terminal.isScreen ? ScreenView(terminal) : LineView(json: false)
    }
}

/// Asks the server for the calls to watch.
private struct CallSource {
    let client: APIClient
    let ids: [String]
    let agent: String?

    /// Every id is a request of its own, and the server asks LiveKit for each.
    var interval: Duration { .milliseconds(max(250, 50 * ids.count)) }

    func look() async throws(ClientFailure) -> [CallRow] {
        guard ids.isEmpty else {
            var calls: [CallRow] = []
            for id in ids { calls.append(try await client.ask(.GET, ["calls", id]).decoded(CallRow.self)) }
            return calls
        }
        var query = [("limit", "100")]
        if let agent { query.append(("agentId", agent)) }
        let newest = try await client.ask(.GET, ["calls"], query: query).decoded(CallPage.self).calls
        // Old calls that are still open stand behind a hundred newer ones.
        query.append(("status", CallRow.openStatuses.joined(separator: ",")))
        let open = try await client.ask(.GET, ["calls"], query: query).decoded(CallPage.self).calls
        let known = Set(newest.map(\.id))
        return newest + open.filter { !known.contains($0.id) }
    }
}
