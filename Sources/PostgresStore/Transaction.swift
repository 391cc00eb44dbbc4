import CallControl
import CallCore
import StoredRows

/// What a member of a transaction is about: it says in what order members go.
enum Subject: Sendable, Hashable {
    /// Members for the same call go one after the other, each on its predecessor's result.
    case call(CallID)
    /// It decides about no call, or about one that nobody else has yet.
    case nothing
    /// It decides about calls that it finds itself, and so has a transaction of its own.
    case many
    /// It changes what others are allowed: a stop, its release, an agent, a bulk cancel. It is alone as well.
    case order
    /// It keeps what this node has: its leases, its duties, its place among the nodes. Alone, and never behind others.
    case lease

    var isAlone: Bool {
        switch self {
        case .call, .nothing: false
        case .many, .order, .lease: true
        }
    }
}

/// One member's hands in a transaction that it may share with others.
///
/// All of them ask in step: what each has asked goes out as one pipeline, and all go on together when the answers are there. So a
/// batch takes as many journeys to the server as its longest member, not as all of them together.
///
/// `@unchecked`: it is touched on its lane's thread only, while the body runs.
final class Transaction: @unchecked Sendable {
    let subject: Subject
    private let lane: Lane
    private(set) var hasWritten = false
    private(set) var notes: [(note: AuditNote, caller: Caller, at: Moment)] = []
    /// Who waits for this member's end, because it is about the same call.
    var follower: CheckedContinuation<Void, Never>?
    var isOver = false
    /// It waited for something until the server gave up: once is as long as anybody should.
    var isStuck = false

    init(_ subject: Subject, on lane: Lane) {
        self.subject = subject
        self.lane = lane
    }

    /// Where it stands among those that lock something at the same time.
    var place: String {
        guard case .call(let id) = subject else { return "" }
        return id.rawValue
    }

    func rows(_ sql: String, _ values: StoredValues = []) async throws(StatementFailure) -> Rows {
        try await all([Statement(sql, values)])[0]
    }

    func row(_ sql: String, _ values: StoredValues = []) async throws(StatementFailure) -> Row? {
        try await rows(sql, values).first
    }

    func number(_ sql: String, _ values: StoredValues = []) async throws(StatementFailure) -> Int64? {
        try await rows(sql, values).first?.optionalNumber(0)
    }

    /// Several questions on one journey.
    func all(_ statements: [Statement]) async throws(StatementFailure) -> [Rows] {
        if statements.isEmpty { return [] }
        return try await lane.ask(statements, for: self).get()
    }

    /// As `rows`, for what also changes something.
    func change(_ sql: String, _ values: StoredValues = []) async throws(StatementFailure) -> Rows {
        hasWritten = true
        return try await rows(sql, values)
    }

    /// Goes out with whatever is asked next, at the latest with the commit, which fails if this does.
    func write(_ sql: String, _ values: StoredValues = []) {
        hasWritten = true
        put(Statement(sql, values))
    }

    /// As `write`; rows of the same kind go as one, behind what else is sent with them.
    func write(_ insertion: Insertion, _ values: StoredValues) {
        hasWritten = true
        put(insertion.row(values))
    }

    func write(_ insertion: Insertion, _ rows: [StoredValues]) {
        hasWritten = true
        put(insertion.rows(rows))
    }

    /// Keeps stops and agents of an organization as they are until the end of the transaction.
    ///
    /// What is read of them afterwards is still true when this is on the disk. Whoever sets a stop waits for all who hold this, see
    /// `own`. The calls that stops concern are locked after it: whoever owns the organization locks calls as well, and the two would
    /// wait for each other until the server ends one of them. So a lane begins a batch with the holds of all calls in it, live ones
    /// left out: no owner touches these, and to stop a phone must not wait for one.
    func hold(_ organization: OrganizationID) { lane.assumeIsolated { $0.hold(organization, for: self) } }

    /// Waits until nobody holds the organization, and lets nobody until the end of the transaction.
    func own(_ organization: OrganizationID) {
        put(Statement(AdvisoryLock.own, [organization.rawValue]))
    }

    /// A deed for the audit log, whose chain is continued when all members are done: the end of a chain is locked for the commit
    /// only.
    func audit(_ note: AuditNote, for caller: Caller, at now: Moment) {
        hasWritten = true
        notes.append((note, caller, now))
    }

    private func put(_ statement: Statement) { lane.assumeIsolated { $0.put(statement, for: self) } }
}
