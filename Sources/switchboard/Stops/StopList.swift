import ArgumentParser
import NIOHTTP1
import TextTable

/// `stop list`: what is stopped, and what was.
struct StopList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the stops in force; with --released those that were.")

    @OptionGroup var server: ServerOptions

    @Flag(help: "Those that were released.")
    var released = false

    private var table: TextTable<StopRow> {
        TextTable { stop in
            [
                Column(title: "ID", value: stop.id.harmless),
                Column(title: "SCOPE", value: stop.scope.text.harmless),
                Column(title: "SINCE", value: stop.createdAt.harmless),
                Column(title: "UNTIL", value: (stop.until ?? "").harmless),
                Column(title: "RELEASED", value: (stop.releasedAt ?? "").harmless),
                Column(title: "CANCELLED", value: "\(stop.drain.cancelled)", align: .right),
                Column(title: "PHONES UP", value: "\(stop.drain.terminationsPending)", align: .right),
                Column(title: "REASON", value: (stop.reason ?? "").harmless),
            ]
        }
    }

    func run() async throws {
        try await server.asking { client in
            let answer = try await client.ask(
                .GET, ["stops"], query: [("state", released ? "released" : "inForce"), ("limit", "100")])
            if server.json { return Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
            let stops = try answer.decoded(StopPage.self).stops
            if stops.isEmpty { return Terminal.print(released ? "no stop was released" : "nothing is stopped") }
            Terminal.print(table.string(for: stops, style: Style.plain) ?? "")
        }
    }
}
