import CallControl
import CallCore
import StoredRows

/// A transaction with its members, as its lane drives it.
///
/// Confined to its lane.
struct Batch {
    /// Statements that go out with the next pipeline; nobody may wait for the answers.
    struct Asked {
        let statements: [Statement]
        /// Nil: they are the batch's own.
        let member: Transaction?
        let waiter: Waiter?
        typealias Waiter = CheckedContinuation<Result<[Rows], StatementFailure>, Never>
    }

    enum End {
        case committed
        /// Nothing of it was done.
        case rolledBack(StatementFailure)
        /// As `rolledBack`, for want of something that all of them need, and have waited for long enough.
        case stuck(StatementFailure)
        /// The connection broke while the commit was under way.
        case inDoubt(StatementFailure)
    }

    let alone: Bool
    let began: ContinuousClock.Instant
    private(set) var size = 0
    /// Members whose body is not done.
    private(set) var open = 0
    /// Until the first pipeline goes out, members may join.
    private(set) var isGathering = true
    private var held: Set<OrganizationID> = []
    private var last: [CallID: Transaction] = [:]
    private var asked: [Asked] = []
    /// Members that wait for an answer, and those that wait for another member's end.
    private var asking = 0
    private var following = 0
    private(set) var failure: StatementFailure?
    /// It waited for the end of an audit chain until the server gave up.
    var isStuck = false
    /// The commit was sent.
    var isCommitting = false
    private(set) var notes: [(note: AuditNote, caller: Caller, at: Moment)] = []
    private(set) var leaving: [CheckedContinuation<End, Never>] = []

    init(alone: Bool, began: ContinuousClock.Instant) {
        self.alone = alone
        self.began = began
    }

    var hasAsked: Bool { !asked.isEmpty }
    /// Nobody can go on without an answer of the server.
    var allWait: Bool { asking + following == open }

    /// Returns the member before it that is about the same call, for which it has to wait.
    mutating func take(_ member: Transaction) -> Transaction? {
        size += 1
        open += 1
        guard case .call(let id) = member.subject else { return nil }
        defer { last[id] = member }
        guard let before = last[id], !before.isOver else { return nil }
        following += 1
        return before
    }

    mutating func ask(_ statements: [Statement], for member: Transaction?, _ waiter: Asked.Waiter?) {
        asked.append(Asked(statements: statements, member: member, waiter: waiter))
        if waiter != nil { asking += 1 }
    }

    /// What comes before anything is locked: see `Transaction.hold`.
    var holds: [Statement] {
        last.isEmpty ? [] : [Statement(AdvisoryLock.holdOfCalls, [List.of(last.keys.map(\.rawValue))])]
    }

    /// True for the first who asks it of this organization.
    mutating func hold(_ organization: OrganizationID) -> Bool { held.insert(organization).inserted }

    /// What is to be sent next, in an order that no other batch contradicts: two that lock calls in turns would wait for ever.
    mutating func takeAsked() -> [Asked] {
        defer {
            asked = []
            asking = 0
        }
        guard isGathering else { return Self.together(asked) }
        isGathering = false
        return Self.together(inPlace)
    }

    private var inPlace: [Asked] {
        asked.enumerated().map { (place: $1.member?.place ?? "", offset: $0, asked: $1) }
            .sorted { ($0.place, $0.offset) < ($1.place, $1.offset) }.map(\.asked)
    }

    /// Rows that are written by the same statement go as one, where the last of them would have gone: who waits for an answer is
    /// never moved, and nothing that was asked before a row comes behind it.
    private static func together(_ asked: [Asked]) -> [Asked] {
        var rows: [String: [StoredValues]] = [:]
        for asked in asked where asked.waiter == nil {
            for statement in asked.statements {
                if let many = statement.many { rows[many, default: []].append(statement.values) }
            }
        }
        rows = rows.filter { $0.value.count > 1 }
        if rows.isEmpty { return asked }
        var left = rows.mapValues(\.count)
        return asked.map { asked in
            guard asked.waiter == nil else { return asked }
            let statements = asked.statements.compactMap { statement -> Statement? in
                guard let many = statement.many, let all = rows[many] else { return statement }
                left[many, default: 0] -= 1
                return left[many] == 0 ? Insertion.rows(all, many) : nil
            }
            return Asked(statements: statements, member: asked.member, waiter: nil)
        }
    }

    mutating func fail(_ failure: StatementFailure) {
        if self.failure == nil || self.failure == .dragged { self.failure = failure }
    }

    /// Its body is done.
    mutating func release(_ member: Transaction, _ continuation: CheckedContinuation<End, Never>?) {
        member.isOver = true
        open -= 1
        notes += member.notes
        if let continuation { leaving.append(continuation) }
        guard let follower = member.follower else { return }
        member.follower = nil
        following -= 1
        follower.resume()
    }
}
