import ArgumentParser
import NIOHTTP1
import TextTable

/// `suppress list`: the suppressed numbers, the newest first.
struct SuppressList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List suppressed numbers, the newest first.")

    @OptionGroup var server: ServerOptions

    @Option(help: "Only this one.")
    var number: String?

    @Option(help: "How many: 1 or more.")
    var limit = 50

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is 1 or more.") }
    }

    private var table: TextTable<SuppressionRow> {
        TextTable { suppression in
            [
                Column(title: "NUMBER", value: suppression.phoneNumber.harmless),
                Column(title: "ID", value: suppression.id.harmless),
                Column(title: "SINCE", value: suppression.createdAt.harmless),
                Column(title: "REASON", value: (suppression.reason ?? "").harmless),
            ]
        }
    }

    func run() async throws {
        try await server.asking { client in
            var rows: [SuppressionRow] = []
            var cursor: String?
            var total = 0
            repeat {
                var query = [("limit", "\(min(100, limit - rows.count))")]
                if let number { query.append(("phoneNumber", number)) }
                if let cursor { query.append(("cursor", cursor)) }
                let answer = try await client.ask(.GET, ["suppressions"], query: query)
                let page = try answer.decoded(SuppressionPage.self)
                if server.json { Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
                rows += page.suppressions
                cursor = page.pagination.nextCursor
                total = page.pagination.total ?? 0
            } while cursor != nil && rows.count < limit
            if server.json { return }
            if rows.isEmpty { return Terminal.print("no suppressed numbers") }
            Terminal.print(table.string(for: rows, style: Style.plain) ?? "")
            if rows.count < total { Terminal.print("\(rows.count) of \(total): --limit \(total) shows all") }
        }
    }
}
