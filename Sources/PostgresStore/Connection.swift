import CPostgres
import CallControl
import Glibc
import StoredRows

/// One connection to the server, used by one thread at a time.
///
/// It blocks, and so lives on a thread of its own, never on Swift's cooperative pool.
final class Connection {
    /// What a session holds to, whatever the server, the database, the role or the address have set.
    typealias Settings = [(name: String, value: String)]

    let raw: OpaquePointer
    /// Without a byte of an answer.
    private let patience: Duration
    /// Names of the statements that this connection has prepared, by their text.
    private var prepared: [String: String] = [:]
    private var names = 0
    private var parameters = Parameters()
    /// Hears of each journey; nil in a server, where nobody wants to know.
    var seat: (any Seat)?

    /// What is asked in more forms than these, as lists with their filters can be, is parsed each time: the server keeps every
    /// statement that it has prepared until the connection ends.
    static let mostPrepared = 300

    /// `url` is any connection string of libpq's; what it says itself goes before `defaults`.
    init(_ url: String, settings: Settings = [], patience: Duration = Patience().answer) throws(StatementFailure) {
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
        self.patience = patience
        guard PQstatus(raw) == CONNECTION_OK else { throw .lost(message) }
        // Warnings of the server would go to standard error, past our own log.
        PQsetNoticeReceiver(raw, { _, _ in }, nil)
        guard PQsetnonblocking(raw, 1) == 0, PQenterPipelineMode(raw) == 1 else { throw .lost(message) }
        if case .failure(let failure) = try pipeline([Self.setting(Self.language + settings)])[0] {
            throw .lost("\(failure)")
        }
    }

    deinit { PQfinish(raw) }

    static let defaults = [
        ("application_name", "switchboard"), ("connect_timeout", "5"), ("client_encoding", "UTF8"),
        ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "20000"),
    ]

    /// How our statements are written and how we read the answers.
    private static let language: Settings = [
        ("client_encoding", "UTF8"), ("standard_conforming_strings", "on"), ("bytea_output", "hex"),
        ("array_nulls", "on"),
        // Our statements are short: to compile one takes longer than to run it.
        ("jit", "off"),
    ]

    private static func setting(_ settings: Settings) -> Statement {
        let calls = settings.indices.map { "set_config($\(2 * $0 + 1), $\(2 * $0 + 2), false)" }
        return Statement(
            "SELECT \(calls.joined(separator: ", "))", settings.reduce(into: []) { $0 += [$1.name, $1.value] })
    }

    /// What libpq says of the last thing that failed; never with the password, which some of its texts quote.
    var message: String {
        let text = String(cString: PQerrorMessage(raw)).split(separator: "\n").joined(separator: "; ")
        guard let password = PQpass(raw).map({ String(cString: $0) }), !password.isEmpty else { return text }
        return text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "…")
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
        seat?.depart(for: PQbackendPID(raw))
        var isNew: [Bool] = []
        isNew.reserveCapacity(statements.count)
        for statement in statements { isNew.append(try send(statement)) }
        guard PQpipelineSync(raw) == 1 else { throw .lost(message) }
        var results: [Result<Rows, StatementFailure>] = []
        results.reserveCapacity(statements.count)
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
        let name = known ?? newName()
        if known == nil {
            guard PQsendPrepare(raw, name, statement.sql, 0, nil) == 1 else { throw .lost(message) }
            if !name.isEmpty { prepared[statement.sql] = name }
        }
        parameters.take(statement.values)
        let sent = parameters.withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(raw, name, count, values, lengths, formats, 0)
        }
        guard sent == 1 else { throw .lost(message) }
        return known == nil
    }

    /// No name is given twice: the statement of one that was forgotten may still be there.
    ///
    /// The empty one is the server's for what it need not keep.
    private func newName() -> String {
        guard prepared.count < Self.mostPrepared else { return "" }
        names += 1
        return "s\(names)"
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
        if case .failure(let failure) = outcome, failure.isLost { throw failure }
        return outcome
    }

    /// False: the server has ended it meanwhile, so that nothing that is sent now can be done.
    var isOpen: Bool {
        var look = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
        while poll(&look, 1, 0) > 0 {
            // Between two pipelines it says only what nobody asked for, at last its farewell.
            guard PQconsumeInput(raw) == 1 else { return false }
        }
        return true
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
            if unsent == 0 { seat?.wait(for: PQbackendPID(raw), on: PQsocket(raw)) }
            var wait = pollfd(fd: PQsocket(raw), events: Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0), revents: 0)
            let ready = poll(&wait, 1, Int32(patience / .milliseconds(1)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw .silent("no answer for \(patience)") }
            guard PQconsumeInput(raw) == 1 else { throw .lost(message) }
        }
    }
}
