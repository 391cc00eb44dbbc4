import CSV
import Foundation

/// Reads a file, sends its rows, and tells what became of each: what is in memory are a thousand rows and a piece of the file.
struct BatchImport {
    /// How many rows went which way.
    struct Tally: Sendable, Equatable {
        var scheduled = 0
        var refused = 0
        var batches = 0
    }

    private struct Row {
        let line: Int
        let call: Data
    }

    private let sender: BatchSender
    private let ignoresOtherColumns: Bool
    private var view: BatchView
    private var columns: BatchColumns?
    private var rows: [Row] = []
    private var bytes = 0
    private var sent = 0
    private var tally = Tally()

    init(sender: BatchSender, view: BatchView, ignoresOtherColumns: Bool) {
        self.sender = sender
        self.view = view
        self.ignoresOtherColumns = ignoresOtherColumns
    }

    mutating func run(_ file: FileHandle) async throws -> Tally {
        var reader = CSVReader()
        var outcomes: [CSVReader.Outcome] = []
        var isAtEnd = false
        while !isAtEnd {
            let piece: Data
            do {
                piece = try file.read(upToCount: 1 << 16) ?? Data()
            } catch {
                throw ClientFailure.refused("the file cannot be read to its end: \(error.localizedDescription)")
            }
            isAtEnd = piece.isEmpty
            view.read += piece.count
            if isAtEnd { reader.finish { outcomes.append($0) } } else { reader.take(piece) { outcomes.append($0) } }
            for outcome in outcomes { try await take(outcome) }
            outcomes.removeAll(keepingCapacity: true)
            view.show(tally)
        }
        guard columns != nil else { throw ClientFailure.refused("the file is empty: its first line names the columns") }
        try await send()
        view.end(tally)
        return tally
    }

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
        view.show(tally)
    }

    private mutating func refuse(_ line: Int, _ reason: String) {
        tally.refused += 1
        view.say("line \(line): \(reason.harmless)")
    }
}
