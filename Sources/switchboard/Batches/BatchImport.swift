import CSV
import Foundation

/// Reads a file, sends its rows, and tells what became of each: what is in memory are a thousand rows and a piece of the file.
struct BatchImport {
    /// How many rows went which way.
    struct Tally: Sendable, Equatable {
        var scheduled = 0
        var refused = 0
        var batches = 0

        func progress(isDryRun: Bool) -> String {
            "\(scheduled) rows \(isDryRun ? "good" : "scheduled"), \(refused) refused"
        }

        func summary(isDryRun: Bool) -> String {
            let all = scheduled + refused
            return isDryRun
                ? "\(scheduled) of \(all) rows are good, \(refused) are not; nothing was scheduled"
                : "\(scheduled) of \(all) rows scheduled in \(batches) batches, \(refused) refused"
        }
    }

    private struct Row {
        let line: Int
        let call: Data
    }

    private let sender: BatchSender
    private let ignoresOtherColumns: Bool
    private var view: ImportView
    private var file: CSVFile
    private var columns: BatchColumns?
    private var rows: [Row] = []
    private var bytes = 0
    private var sent = 0
    private var tally = Tally()

    init(_ file: CSVFile, sender: BatchSender, view: ImportView, ignoresOtherColumns: Bool) {
        self.file = file
        self.sender = sender
        self.view = view
        self.ignoresOtherColumns = ignoresOtherColumns
    }

    mutating func run() async throws -> Tally {
        while let outcomes = try file.next() {
            for outcome in outcomes { try await take(outcome) }
            show()
        }
        guard columns != nil else { throw ClientFailure.refused("the file is empty: its first line names the columns") }
        try await send()
        view.tell(tally.summary(isDryRun: sender.isDryRun))
        return tally
    }

    private mutating func show() { view.show(tally.progress(isDryRun: sender.isDryRun), of: file) }

    private mutating func take(_ outcome: CSVReader.Outcome) async throws {
        switch outcome {
        case .failure(let fault):
            guard columns != nil else {
                throw ClientFailure.refused("line \(fault.line) names no columns: \(fault.reason)")
            }
            refuse(fault.line, fault.reason)
        case .success(let record):
            guard let columns else {
                do throws(BatchColumns.Fault) {
                    columns = try BatchColumns(header: record.fields, ignoringOthers: ignoresOtherColumns)
                } catch {
                    throw ClientFailure.refused(error.reason)
                }
                return
            }
            let call: Data
            do throws(BatchColumns.Fault) {
                call = try columns.call(record.fields)
            } catch {
                return refuse(record.line, error.reason)
            }
            try await put(Row(line: record.line, call: call))
        }
    }

    private mutating func put(_ row: Row) async throws {
        if rows.count == BatchRequest.mostCalls || bytes + row.call.count > BatchRequest.mostBytes { try await send() }
        rows.append(row)
        bytes += row.call.count
    }

    private mutating func send() async throws {
        guard !rows.isEmpty else { return }
        sent += 1
        if sent == 2, !sender.isDryRun {
            view.say("run \(sender.run): if it breaks off, the same command with --resume \(sender.run) goes on")
        }
        let (reply, answer) = try await sender.send(rows.map(\.call), number: sent)
        tally.scheduled += reply.scheduled
        for row in reply.results {
            guard let error = row.error, rows.indices.contains(row.index) else { continue }
            refuse(rows[row.index].line, error.text)
        }
        if let id = reply.batchId {
            tally.batches += 1
            view.tell("\(id.harmless): \(reply.scheduled) calls")
        }
        view.hand(answer)
        rows.removeAll(keepingCapacity: true)
        bytes = 0
        show()
    }

    private mutating func refuse(_ line: Int, _ reason: String) {
        tally.refused += 1
        view.say("line \(line): \(reason.harmless)")
    }
}
