import CallControl
import Dispatch
import SQLiteStore

/// Moves an installation from a SQLite file into an empty PostgreSQL, and compares both sides.
package struct DatabaseCopy: Sendable {
    /// What came of it.
    package struct Report: Sendable {
        package let tables: [Comparison]
        /// In words for people: audit logs whose chain is broken.
        package let brokenLogs: [String]

        package var rows: Int { tables.reduce(0) { $0 + $1.source.rows } }
        package var differing: [Comparison] { tables.filter { $0.source != $0.target } }
    }

    /// A table on both sides.
    package struct Comparison: Sendable, Equatable {
        package let table: String
        package let source: Sum
        package let target: Sum
    }

    /// How many rows, and the SHA-256 over all of them in the order of their primary key.
    package struct Sum: Sendable, Equatable {
        package let rows: Int
        package let checksum: String
    }

    /// How far it is.
    package struct Progress: Sendable, Equatable {
        package enum Stage: Sendable { case copying, comparing }
        package let stage: Stage
        package let table: String
        /// Of all tables, in this stage.
        package let done: Int
        package let total: Int
    }

    /// Why nothing was copied, or not all, in words for people.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    let path: String
    let url: String
    let names: (from: String, to: String)
    let token = Identifiers().base62(16)
    let carry: @Sendable (inout [UInt8]) -> Void

    /// - Parameter carry: what may befall a block on its way.
    package init(
        from source: DatabaseSetting, to target: DatabaseSetting,
        carry: @escaping @Sendable (inout [UInt8]) -> Void = { _ in }
    ) throws(Refusal) {
        guard case .file(let path) = source else { throw Refusal(description: "--from is sqlite:PATH") }
        guard case .postgres(let address) = target else { throw Refusal(description: "--to is postgres://…") }
        self.path = path
        url = address.reveal()
        names = ("\(source)", "\(target)")
        self.carry = carry
    }

    /// Copies and compares; where something differs the mark stays, and no server starts on the target.
    package func run(
        restart: Bool = false, _ show: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws(Refusal) -> Report {
        let result = await withCheckedContinuation { continuation in
            // Both sides block.
            DispatchQueue(label: "copy").async {
                continuation.resume(returning: Result { try move(restart: restart, show) })
            }
        }
        let tables: [Comparison]
        do {
            tables = try result.get()
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(description: "\(names.from): \(Self.words(error))")
        }
        let report = Report(tables: tables, brokenLogs: try await brokenLogs())
        guard report.differing.isEmpty else { return report }
        // In this order: at no moment may servers start on both.
        try at(names.from) { try SQLiteStore.mark(path, moved: true) }
        try finish()
        return report
    }

    /// Lets servers start on a file again whose calls were moved; nobody but the caller knows that none has started elsewhere.
    package static func takeBack(_ source: DatabaseSetting) throws(Refusal) {
        guard case .file(let path) = source else { throw Refusal(description: "--from is sqlite:PATH") }
        do {
            try SQLiteStore.mark(path, moved: false)
        } catch {
            throw Refusal(description: "\(source): \(words(error))")
        }
    }

    func at<Value>(_ place: String, _ body: () throws -> Value) throws(Refusal) -> Value {
        do {
            return try body()
        } catch {
            throw Refusal(description: "\(place): \(Self.words(error))")
        }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case StoreFailure.unavailable(let detail), StoreFailure.conflict(let detail): detail
        default: "\(error)"
        }
    }
}
