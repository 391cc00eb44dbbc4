import CSV
import Foundation
import NIOHTTP1

/// Reads the file and sends its numbers: what is in memory are a thousand of them and a piece of the file.
struct SuppressionImport {
    private var file: CSVFile
    private var view: ImportView
    private let sender: ImportSender
    private let request: SuppressionRequest
    private var column: SuppressionColumn?
    private var numbers: [String] = []
    private var sent = 0
    private var created = 0
    private var existed = 0
    private var refused = 0

    init(_ file: CSVFile, view: ImportView, sender: ImportSender, request: SuppressionRequest) {
        self.file = file
        self.view = view
        self.sender = sender
        self.request = request
    }

    /// How many rows were bad.
    mutating func run() async throws -> Int {
        while let outcomes = try file.next() {
            for outcome in outcomes { try await take(outcome) }
            show()
        }
        guard column != nil else { throw ClientFailure.refused("the file is empty") }
        try await send()
        view.tell("\(created) numbers suppressed, \(existed) were so before, \(refused) rows refused")
        return refused
    }

    private mutating func show() {
        view.show("\(created + existed) numbers suppressed, \(refused) rows refused", of: file)
    }

    private mutating func take(_ outcome: CSVReader.Outcome) async throws {
        switch outcome {
        case .failure(let fault):
            guard column != nil else {
                throw ClientFailure.refused("line \(fault.line) names no columns: \(fault.reason)")
            }
            refuse(fault.line, fault.reason)
        case .success(let record):
            guard let column else {
                column = SuppressionColumn(first: record.fields)
                guard let column else {
                    throw ClientFailure.refused(
                        "the first line has none of the columns \(SuppressionColumn.names.joined(separator: ", "))")
                }
                if column.isBare { try await put(record, in: column) }
                return
            }
            try await put(record, in: column)
        }
    }

    private mutating func put(_ record: CSVReader.Record, in column: SuppressionColumn) async throws {
        guard let number = column.number(record.fields) else { return refuse(record.line, "it has no such column") }
        guard number.isPhoneNumber else {
            return refuse(record.line, "the phone number must be in E.164 format (+1234567890)")
        }
        if numbers.count == SuppressionRequest.mostNumbers { try await send() }
        numbers.append(number)
    }

    private mutating func send() async throws {
        guard !numbers.isEmpty else { return }
        sent += 1
        let (status, answer) = try await sender.send(try request.body(numbers), number: sent)
        guard status.code != 400 else { throw ClientFailure.refused(answer.message(status)) }
        let reply = try answer.decoded(SuppressionReply.self)
        created += reply.created
        existed += reply.existed
        view.hand(answer)
        numbers.removeAll(keepingCapacity: true)
        show()
    }

    private mutating func refuse(_ line: Int, _ reason: String) {
        refused += 1
        view.say("line \(line): \(reason.harmless)")
    }
}
