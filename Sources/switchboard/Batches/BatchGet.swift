import ArgumentParser
import NIOHTTP1

/// `batch get`: where the calls of one batch stand.
struct BatchGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show where a batch's calls stand.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "The batch's id.")
    var id: String

    func run() async throws {
        try await server.asking { client in
            let answer = try await client.ask(.GET, ["batches", id])
            if server.json { return Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
            show(try answer.decoded(BatchRow.self), hasColour: Terminal().hasColour)
        }
    }

    private func show(_ batch: BatchRow, hasColour: Bool) {
        let fields: [(String, String?)] = [
            ("id", batch.id), ("name", batch.name), ("agent", "\(batch.agent.name ?? "") \(batch.agent.id)"),
            ("created", batch.createdAt), ("rows", "\(batch.total)"),
            ("calls", "\(batch.scheduled)\(batch.done ? ", all over" : "")"),
            ("refused", batch.failed > 0 ? "\(batch.failed)" : nil),
            ("first dial", batch.firstDialAt), ("last dial", batch.lastDialAt),
            ("done by", batch.eta),
        ]
        for (name, value) in fields { if let value { line(name, value.harmless) } }
        for status in CallRow.statuses {
            let count = batch.count(status)
            if count > 0 { line(status, "\(count)", shown: hasColour ? StatusColour.paint(status) : status) }
        }
        if batch.purged > 0 { line("purged", "\(batch.purged)") }
    }

    private func line(_ name: String, _ value: String, shown: String? = nil) {
        Terminal.print((shown ?? name) + String(repeating: " ", count: max(1, 12 - name.count)) + value)
    }
}
