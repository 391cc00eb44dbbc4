import CPostgres
import Dispatch

/// A session with a PostgreSQL that has nothing to do with our store: tests look and meddle through it.
///
/// `@unchecked`: one statement at a time, over its own queue.
package final class Session: @unchecked Sendable {
    package struct Failure: Error, Sendable {
        /// Empty: the session is gone.
        package let code: String
        package let message: String
    }

    private let raw: OpaquePointer
    private let thread = DispatchQueue(label: "a session of a test")

    package init(_ url: String) throws(Failure) {
        guard let raw = PQconnectdb(url) else { throw Failure(code: "", message: "no memory") }
        self.raw = raw
        guard PQstatus(raw) == CONNECTION_OK else { throw failure(nil) }
        PQsetNoticeReceiver(raw, { _, _ in }, nil)
    }

    deinit { PQfinish(raw) }

    /// Rows of the last statement; waits on the caller's thread.
    @discardableResult
    package func run(_ sql: String) throws(Failure) -> [[String?]] {
        try thread.sync { Result { () throws(Failure) in try ask(sql) } }.get()
    }

    /// As `run`, for what may wait for a lock.
    @discardableResult
    package func runAside(_ sql: String) async throws(Failure) -> [[String?]] {
        let result = await withCheckedContinuation { continuation in
            thread.async { continuation.resume(returning: Result { () throws(Failure) in try self.ask(sql) }) }
        }
        return try result.get()
    }

    /// Asks without waiting for it; what is asked next comes after it.
    package func begin(_ sql: String) { thread.async { _ = try? self.ask(sql) } }

    package func text(_ sql: String) throws(Failure) -> String { try run(sql).first?.first.flatMap(\.self) ?? "" }
    package func number(_ sql: String) throws(Failure) -> Int { Int(try text(sql)) ?? 0 }

    /// Returns when the statement says true.
    package func wait(until condition: String) async throws(Failure) {
        while try await runAside("SELECT \(condition)") != [["t"]] { try await runAside("SELECT pg_sleep(0.01)") }
    }

    /// As `wait`, on the caller's thread.
    package func waitHere(until condition: String) throws(Failure) {
        while try run("SELECT \(condition)") != [["t"]] { try run("SELECT pg_sleep(0.01)") }
    }

    private func ask(_ sql: String) throws(Failure) -> [[String?]] {
        guard let result = PQexec(raw, sql) else { throw failure(nil) }
        defer { PQclear(result) }
        guard [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(result)) else { throw failure(result) }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }

    private func failure(_ result: OpaquePointer?) -> Failure {
        Failure(
            code: PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? "",
            message: String(cString: PQerrorMessage(raw)))
    }
}
