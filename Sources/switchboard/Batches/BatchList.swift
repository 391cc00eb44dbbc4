import ArgumentParser
import NIOHTTP1
import TextTable

/// `batch list`: a page of batches, the newest first.
struct BatchList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List batches, the newest first.")

    @OptionGroup var server: ServerOptions

    @Option(help: "How many: 1 to 100.")
    var limit = 50

    @Option(help: "How many to pass over.")
    var offset = 0

    func validate() throws {
        guard (1...100).contains(limit) else { throw ValidationError("--limit is 1 to 100.") }
        guard offset >= 0 else { throw ValidationError("--offset is 0 or more.") }
    }

    private var table: TextTable<BatchRow> {
        TextTable { batch in
            [
                Column(title: "ID", value: batch.id.harmless),
                Column(title: "CALLS", value: "\(batch.scheduled)", align: .right),
                Column(title: "WAITING", value: "\(batch.count("initiated"))", align: .right),
                Column(title: "LIVE", value: "\(batch.live)", align: .right),
                Column(title: "COMPLETED", value: "\(batch.count("completed"))", align: .right),
                Column(
                    title: "NOT REACHED", value: "\(batch.count("failed", "no_answer", "busy"))", align: .right),
                Column(title: "CANCELLED", value: "\(batch.count("cancelled"))", align: .right),
                Column(title: "CREATED", value: batch.createdAt.harmless),
                Column(title: "NAME", value: (batch.name ?? "").harmless, width: 20),
            ]
        }
    }

    func run() async throws {
        try await server.asking { client in
            let answer = try await client.ask(
                .GET, ["batches"], query: [("limit", "\(limit)"), ("offset", "\(offset)")])
            if server.json { return Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
            let page = try answer.decoded(BatchPage.self)
            if page.batches.isEmpty { return Terminal.print("no batches") }
            Terminal.print(table.string(for: page.batches, style: Style.plain) ?? "")
            if page.pagination.hasMore == true { Terminal.print("more: --offset \(offset + page.batches.count)") }
        }
    }
}
