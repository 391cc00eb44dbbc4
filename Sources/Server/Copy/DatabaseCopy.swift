import CallControl
import CallCore
import Crypto
import Dispatch
import PostgresStore
import SQLiteStore
import StoredRows

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

    private let path: String
    private let url: String
    private let names: (from: String, to: String)
    private let token = Identifiers().base62(16)
    private let carry: @Sendable (inout [UInt8]) -> Void

    /// Rows go over in blocks of about so many bytes.
    private static let block = 1 << 20

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
        try at(names.to) { try CopyTarget(url).finish(token: token) }
        return report
    }

    private func move(restart: Bool, _ show: (Progress) -> Void) throws -> [Comparison] {
        let source = try at(names.from) { try CopySource(path) }
        let target = try at(names.to) {
            let migrator = try Migrator(url)
            switch try migrator.standing() {
            case .empty: _ = try DatabaseSetting.migrate(migrator)
            case .current, .unfinishedCopy: break
            case .behind, .ahead:
                throw StoreFailure.unavailable("its tables are of another version: a copy goes into an empty database")
            }
            return try CopyTarget(url)
        }
        return try source.read { snapshot in
            let tables = try snapshot.tables()
            try at(names.to) { try target.begin(tables, token: token, restart: restart) }
            let total = tables.reduce(0) { $0 + $1.rows }
            var sums: [Sum] = []
            var done = 0
            for table in tables {
                sums.append(
                    try copy(table, from: snapshot, to: target) { rows in
                        show(Progress(stage: .copying, table: table.name, done: done + rows, total: total))
                    })
                done += table.rows
            }
            try at(names.to) { try target.complete() }
            done = 0
            var comparisons: [Comparison] = []
            for (table, sum) in zip(tables, sums) {
                let other = try read(table, of: target) { rows in
                    show(Progress(stage: .comparing, table: table.name, done: done + rows, total: total))
                }
                done += table.rows
                comparisons.append(Comparison(table: table.name, source: sum, target: other))
            }
            return comparisons
        }
    }

    private func copy(
        _ table: StoredTable, from source: CopySnapshot, to target: CopyTarget, _ show: (Int) -> Void
    ) throws -> Sum {
        var text = target.text(for: table)
        var digest = SHA256()
        var rows = 0
        func send() throws {
            guard !text.bytes.isEmpty else { return }
            digest.update(data: text.bytes)
            var block = text.bytes
            carry(&block)
            try at(names.to) { try target.write(block, to: table) }
            text.removeAll()
            show(rows)
        }
        try source.each(of: table) { row in
            text.append(row)
            rows += 1
            if text.bytes.count >= Self.block { try send() }
        }
        try send()
        return Sum(rows: rows, checksum: Array(digest.finalize()).hex)
    }

    private func read(_ table: StoredTable, of target: CopyTarget, _ show: (Int) -> Void) throws -> Sum {
        var digest = SHA256()
        var rows = 0
        try at(names.to) {
            try target.each(of: table) { row in
                digest.update(bufferPointer: row)
                rows += 1
                if rows.isMultiple(of: 10_000) { show(rows) }
            }
        }
        if rows > 0 { show(rows) }
        return Sum(rows: rows, checksum: Array(digest.finalize()).hex)
    }

    /// The chains as the other side tells them.
    private func brokenLogs() async throws(Refusal) -> [String] {
        let desk = AuditDesk(audit: Audit(store: PostgresStore(url)))
        do {
            return try await desk.verify(organization: nil, expected: []).logs.compactMap { log in
                log.fault.map { "\(log.organization): \($0)" }
            }
        } catch {
            throw Refusal(description: "\(names.to): \(error)")
        }
    }

    private func at<Value>(_ place: String, _ body: () throws -> Value) throws(Refusal) -> Value {
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
