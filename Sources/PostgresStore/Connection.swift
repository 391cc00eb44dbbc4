import CPostgres
import CallControl
import Glibc
import StoredRows

/// One connection to the server, used by one thread at a time.
///
/// It blocks, and so lives on a thread of its own, never on Swift's cooperative pool.
final class Connection {
    private let raw: OpaquePointer
    /// Names of the statements that this connection has prepared, by their text.
    private var prepared: [String: String] = [:]

    /// After so long without a byte of an answer, the server counts as away.
    ///
    /// The server's own limit for a statement is shorter.
    static let patience: Int32 = 20_000

    /// `url` is any connection string of libpq's; what it says itself goes before `defaults`.
    ///
    /// `settings`: statements that set what is to hold for this connection.
    init(_ url: String, settings: String = "") throws(StatementFailure) {
        let parameters = Self.defaults + [("dbname", url)]
        let keys = parameters.map { strdup($0.0) } + [nil]
        let values = parameters.map { strdup($0.1) } + [nil]
        defer { for text in keys + values { free(text) } }
        // The keys that come later win: the connection string is expanded in the place of `dbname`.
        let connection = keys.map { UnsafePointer($0) }.withUnsafeBufferPointer { keys in
            values.map { UnsafePointer($0) }.withUnsafeBufferPointer { values in
                PQconnectdbParams(keys.baseAddress, values.baseAddress, 1)
            }
        }
        guard let connection else { throw .lost("libpq has no memory for a connection") }
        raw = connection
        guard PQstatus(raw) == CONNECTION_OK else { throw .lost(message) }
        // Warnings of the server would go to standard error, past our own log.
        PQsetNoticeReceiver(raw, { _, _ in }, nil)
        if !settings.isEmpty {
            guard let result = PQexec(raw, settings) else { throw .lost(message) }
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw .lost(message) }
        }
        guard PQsetnonblocking(raw, 1) == 0, PQenterPipelineMode(raw) == 1 else { throw .lost(message) }
    }

    deinit { PQfinish(raw) }

    static let defaults = [
        ("application_name", "switchboard"), ("connect_timeout", "5"), ("client_encoding", "UTF8"),
        ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "20000"),
    ]

    private var message: String {
        String(cString: PQerrorMessage(raw)).split(separator: "\n").joined(separator: "; ")
    }

    var socket: Int32 { PQsocket(raw) }

    /// What was told on the channels that it listens to.
    func messages() throws(StatementFailure) -> [String] {
        guard PQconsumeInput(raw) == 1 else { throw .lost(message) }
        var messages: [String] = []
        while let notice = PQnotifies(raw) {
            messages.append(String(cString: notice.pointee.extra))
            PQfreemem(notice)
        }
        return messages
    }

    /// Sends all statements at once and waits for all answers.
    ///
    /// The first that fails takes those behind it along; the connection is lost where this throws.
    func pipeline(_ statements: [Statement]) throws(StatementFailure) -> [Result<Rows, StatementFailure>] {
        var isNew: [Bool] = []
        for statement in statements { isNew.append(try send(statement)) }
        guard PQpipelineSync(raw) == 1 else { throw .lost(message) }
        var results: [Result<Rows, StatementFailure>] = []
        for (statement, isNew) in zip(statements, isNew) {
            if isNew, case .failure(let failure) = try answer() {
                prepared[statement.sql] = nil
                results.append(.failure(failure))
                _ = try answer()
            } else {
                results.append(try answer())
            }
        }
        try sync()
        return results
    }

    /// True: the statement had to be prepared, which is an answer more to wait for.
    private func send(_ statement: Statement) throws(StatementFailure) -> Bool {
        let known = prepared[statement.sql]
        let name = known ?? "s\(prepared.count)_\(statement.sql.utf8.count)"
        if known == nil {
            guard PQsendPrepare(raw, name, statement.sql, 0, nil) == 1 else { throw .lost(message) }
            prepared[statement.sql] = name
        }
        let texts = statement.values.map(Self.characters)
        defer { for text in texts { free(text) } }
        let sent = texts.map { UnsafePointer($0) }.withUnsafeBufferPointer {
            PQsendQueryPrepared(raw, name, Int32(texts.count), $0.baseAddress, nil, nil, 0)
        }
        guard sent == 1 else { throw .lost(message) }
        return known == nil
    }

    /// A value as text, which PostgreSQL reads by the type that the statement gives its place; the caller frees it.
    private static func characters(_ value: StoredValue) -> UnsafeMutablePointer<CChar>? {
        switch value {
        case .null: nil
        case .number(let number): strdup(String(number))
        case .text(let text): strdup(text)
        case .flag(let flag): strdup(flag ? "t" : "f")
        case .bytes(let bytes): strdup("\\x" + bytes.hex)
        }
    }

    /// What one command came to.
    private func answer() throws(StatementFailure) -> Result<Rows, StatementFailure> {
        guard let result = try next() else { throw .lost("an answer is missing") }
        let outcome: Result<Rows, StatementFailure>
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: outcome = .success(Rows(result))
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            outcome = .failure(.dragged)
        default:
            outcome = .failure(StatementFailure(result))
            PQclear(result)
        }
        // Each command's answers end with none.
        while let more = try next() { PQclear(more) }
        if case .failure(let failure) = outcome, PQstatus(raw) != CONNECTION_OK { throw failure }
        return outcome
    }

    private func sync() throws(StatementFailure) {
        guard let result = try next() else { throw .lost("the end of a pipeline is missing") }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw .lost(message) }
    }

    /// The next result, once it is whole; sends what is not sent yet meanwhile.
    private func next() throws(StatementFailure) -> OpaquePointer? {
        while true {
            let unsent = PQflush(raw)
            guard unsent >= 0 else { throw .lost(message) }
            guard PQisBusy(raw) == 1 else { return PQgetResult(raw) }
            var wait = pollfd(fd: socket, events: Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0), revents: 0)
            let ready = poll(&wait, 1, Self.patience)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw .lost("no answer for \(Self.patience / 1000) s") }
            guard PQconsumeInput(raw) == 1 else { throw .lost(message) }
        }
    }
}
