import ArgumentParser
import NIOHTTP1

/// `calls list`: a page of calls, the newest first.
struct CallsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List calls, the newest first.")

    @OptionGroup var server: ServerOptions

    @Option(help: ArgumentHelp("Only these; may be repeated.", valueName: "status"))
    var status: [String] = []

    @Option(help: "Only this agent's.")
    var agent: String?

    @Option(help: ArgumentHelp("Only with this number.", valueName: "number"))
    var phone: String?

    @Option(help: "How many: 1 to 100.")
    var limit = 50

    @Option(help: "Where the page before this one ended.")
    var cursor: String?

    func validate() throws {
        guard (1...100).contains(limit) else { throw ValidationError("--limit is 1 to 100.") }
        if let wrong = status.first(where: { !CallRow.statuses.contains($0) }) {
            throw ValidationError("\(wrong.harmless) is no status: \(CallRow.statuses.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        var query = [("limit", "\(limit)")]
        if !status.isEmpty { query.append(("status", status.joined(separator: ","))) }
        if let agent { query.append(("agentId", agent)) }
        if let phone { query.append(("phoneNumber", phone)) }
        if let cursor { query.append(("cursor", cursor)) }
        try await server.asking { [query] client in
            let answer = try await client.ask(.GET, ["calls"], query: query)
            if server.json { return Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
            let page = try answer.decoded(CallPage.self)
            for line in CallTable(hasColour: Terminal().hasColour).lines(page.calls) { Terminal.print(line) }
            if page.calls.isEmpty { Terminal.print("no such calls") }
            if page.pagination.hasMore == true, let next = page.pagination.nextCursor {
                Terminal.print("more: --cursor \(next.harmless)")
            }
        }
    }
}
