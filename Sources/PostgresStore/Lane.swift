import CallControl
import CallCore
import Dispatch
import StoredRows
import Synchronization

/// One connection with a thread of its own, on which transactions are shared.
///
/// Whatever queued while the last commit was on its way to the disk goes into the next transaction; a lone one waits for nobody, and
/// several for those who were there a moment ago, see `Return`. Whoever wants something brings its own task along: its body runs on
/// this thread, where to ask and to be answered needs no change of threads.
actor Lane {
    enum Kind: Sendable {
        /// All members see the database as it was when the first of them asked.
        case reads
        case writes
        /// Each member asks one question, which is its own snapshot: a transaction around it would only cost two journeys.
        case glances

        fileprivate var begin: [Statement] {
            switch self {
            case .reads: [Statement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")]
            case .writes: [Statement("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")]
            case .glances: []
            }
        }
    }

    /// Enough to spread a slow sync over many, small enough that one batch stays well under 50 ms.
    static let largestBatch = 256
    /// More than this waiting means that the server does not keep up: better to say so than to grow.
    static let longestQueue = 20_000
    /// How often a body runs at most: anew after a deadlock, a lost connection, or another member's failure.
    static let mostTries = 5

    private let kind: Kind
    private let thread: any Seat
    private let line: Line
    private var batch: Batch?
    private var crowd: [Boarding] = []
    private var turnIsPlanned = false
    /// Those who are waited for, between two transactions.
    private var awaited: Return?
    /// Transactions that have ended.
    private var ended = 0
    private let now: @Sendable () -> ContinuousClock.Instant
    /// Whether a transaction has asked something, so that whoever comes now has to wait for its end.
    nonisolated let isUnderWay = Atomic<Bool>(false)

    private struct Boarding {
        let member: Transaction
        let alone: Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    init(_ kind: Kind, _ line: Line, on thread: any Seat, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.kind = kind
        self.line = line
        self.thread = thread
        self.now = now
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Runs `body` in a transaction with others and returns when that is on the disk.
    ///
    /// `body` may run again: when another member of the batch breaks a constraint, all are rolled back and each runs alone. A caller
    /// that is cancelled still gets its transaction.
    nonisolated func perform<Value: Sendable>(
        _ subject: Subject, _ body: @Sendable (Transaction) async throws -> Value
    ) async throws(StoreFailure) -> Value {
        // That it runs on this thread, the actor sees to; that it comes back to it without a way round, when it is answered, the
        // preference.
        try await withTaskExecutorPreference(thread) { () async throws(StoreFailure) in try await ride(subject, body) }
    }

    private func ride<Value: Sendable>(
        _ subject: Subject, _ body: @Sendable (Transaction) async throws -> Value
    ) async throws(StoreFailure) -> Value {
        var alone = subject.isAlone
        var failure = StatementFailure.dragged
        for _ in 0..<Self.mostTries {
            guard crowd.count < Self.longestQueue else {
                throw .unavailable("PostgreSQL does not keep up: \(crowd.count) transactions are waiting")
            }
            let member = Transaction(subject, on: self)
            await board(member, alone: alone)
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body(member))
            } catch {
                outcome = .failure(error)
            }
            let end: Batch.End
            switch outcome {
            case .success: end = await leave(member)
            case .failure(let error):
                guard let rolledBack = await withdraw(member) else { throw StoreFailure(error) }
                end = rolledBack
            }
            switch end {
            case .committed:
                if case .success(let value) = outcome { return value }
            case .inDoubt(let doubt): throw doubt.forCaller
            case .stuck(let why): throw why.forCaller
            case .rolledBack(let why):
                if member.isStuck { throw why.forCaller }
                guard why.isPassing || !alone else { throw why.forCaller }
                failure = why
                // What hurts one member hurts only that one when each is alone; who waited for a server need not be.
                if !why.isLost { alone = true }
            }
        }
        throw failure.forCaller
    }

    // MARK: Getting on and off

    /// Returns when it is its turn to ask.
    private func board(_ member: Transaction, alone: Bool) async {
        guard crowd.isEmpty, awaited == nil, batch == nil || !alone && hasRoom else {
            return await withCheckedContinuation {
                crowd.append(Boarding(member: member, alone: alone, continuation: $0))
                guard let awaited, alone || crowd.count >= awaited.members else { return }
                self.awaited = nil
                plan()
            }
        }
        if batch == nil { batch = Batch(alone: alone, began: now()) }
        guard let before = batch?.take(member) else { return }
        await withCheckedContinuation { before.follower = $0 }
    }

    private var hasRoom: Bool {
        guard let batch else { return false }
        return batch.isGathering && !batch.alone && batch.size < Self.largestBatch
    }

    /// Returns when the transaction has ended.
    private func leave(_ member: Transaction) async -> Batch.End {
        await withCheckedContinuation { continuation in
            batch?.release(member, continuation)
            plan()
        }
    }

    /// Its body has failed.
    ///
    /// Nil: that was its own affair, and the others go on; else how the transaction ended.
    private func withdraw(_ member: Transaction) async -> Batch.End? {
        if batch?.failure != nil { return await leave(member) }
        if member.hasWritten { batch?.fail(.dragged) }
        batch?.release(member, nil)
        plan()
        return nil
    }

    // MARK: What members ask

    func ask(_ statements: [Statement], for member: Transaction) async -> Result<[Rows], StatementFailure> {
        if batch?.failure != nil { return .failure(.dragged) }
        return await withCheckedContinuation { continuation in
            batch?.ask(statements, for: member, continuation)
            plan()
        }
    }

    func put(_ statement: Statement, for member: Transaction) { batch?.ask([statement], for: member, nil) }

    /// Once for all members of a batch.
    func hold(_ organization: OrganizationID, for member: Transaction) {
        guard batch?.hold(organization) == true else { return }
        put(Statement(AdvisoryLock.hold, [organization.rawValue]), for: member)
    }

    // MARK: Turns

    /// Behind the jobs that wait for this thread: who comes along by then may still join.
    private func plan() {
        guard !turnIsPlanned else { return }
        turnIsPlanned = true
        thread.async { self.assumeIsolated { $0.turn() } }
    }

    private func turn() {
        turnIsPlanned = false
        guard let batch else { return openNext() }
        // Whoever is still at something asks next, or is done.
        guard batch.allWait else { return }
        if batch.open > 0 {
            send()
        } else {
            end()
            self.batch = nil
            isUnderWay.store(false, ordering: .relaxed)
            ended += 1
            openNext(after: batch)
        }
    }

    /// Waits a little for those who were in the last transaction, where it was shared.
    private func openNext(after last: Batch) {
        guard kind == .writes, !last.alone, crowd.first?.alone != true,
            let awaited = Return(of: last.size + crowd.count, after: now() - last.began)
        else { return openNext() }
        self.awaited = awaited
        thread.after(awaited.patience) { [ended] in
            self.assumeIsolated { lane in
                guard lane.ended == ended, lane.awaited != nil else { return }
                lane.awaited = nil
                lane.openNext()
            }
        }
    }

    private func openNext() {
        guard batch == nil, awaited == nil, let first = crowd.first else { return }
        batch = Batch(alone: first.alone, began: now())
        let others = first.alone ? 0 : crowd.dropFirst().prefix(Self.largestBatch - 1).prefix { !$0.alone }.count
        // All of them are in it before the first one runs: it does not end without them.
        for boarding in crowd.prefix(1 + others) {
            if let before = batch?.take(boarding.member) {
                before.follower = boarding.continuation
            } else {
                boarding.continuation.resume()
            }
        }
        crowd.removeFirst(1 + others)
    }

    /// Sends what was asked, and more behind it, and hands the answers out; returns those of `more`, nil where anything failed.
    @discardableResult
    private func send(_ more: [Statement] = []) -> [Rows]? {
        guard let isFirst = batch?.isGathering, let asked = batch?.takeAsked() else { return nil }
        if isFirst { isUnderWay.store(true, ordering: .relaxed) }
        let begin = isFirst ? kind.begin + (batch?.holds ?? []) : []
        let pipeline = Pipeline(asked)
        let answers: [Result<Rows, StatementFailure>]
        do throws(StatementFailure) {
            // What is sent after a failure would be outside of the transaction.
            if batch?.failure != nil { throw StatementFailure.dragged }
            let statements = pipeline.statements + more
            answers = try isFirst ? line.begin(begin + statements) : line.proceed(statements)
        } catch {
            answers = Array(
                repeating: .failure(error), count: begin.count + pipeline.statements.count + more.count)
        }
        for case .failure(let failure) in answers { batch?.fail(failure) }
        let rest = answers.dropFirst(begin.count)
        for (asked, own) in zip(asked, pipeline.shared(Array(rest))) {
            for case .failure(let failure) in own where failure.isSlow { asked.member?.isStuck = true }
            asked.waiter?.resume(
                returning: Result { () throws(StatementFailure) in
                    try own.map { (answer) throws(StatementFailure) in try answer.get() }
                })
        }
        guard batch?.failure == nil else { return nil }
        return rest.suffix(more.count).compactMap { try? $0.get() }
    }

    private func end() {
        guard let leaving = batch?.leaving else { return }
        switch kind {
        case .reads where batch?.failure == nil:
            // They have their answers: nothing that the server says now could change them.
            for continuation in leaving { continuation.resume(returning: .committed) }
            close("COMMIT")
        case .glances:
            let end = batch?.failure.map { Batch.End.rolledBack($0) } ?? .committed
            for continuation in leaving { continuation.resume(returning: end) }
        case .reads, .writes:
            let end = finish()
            for continuation in leaving { continuation.resume(returning: end) }
        }
    }

    private func finish() -> Batch.End {
        if batch?.isGathering == true, batch?.hasAsked == false, batch?.notes.isEmpty == true { return .committed }
        if batch?.isGathering == true { send() }
        continueChains()
        if batch?.failure == nil {
            if line.isOpen {
                batch?.isCommitting = true
                // Its answer would be another where there was nothing to commit any more.
                if send([Statement("COMMIT")])?.first?.command == "COMMIT" { return .committed }
            } else {
                batch?.fail(.lost("the server ended the session before the commit"))
                line.drop()
            }
        }
        let failure = batch?.failure ?? .dragged
        // What was lost before the commit went out is only a transaction that the server has rolled back.
        if failure.isLost { return batch?.isCommitting == true ? .inDoubt(failure) : .rolledBack(failure) }
        close("ROLLBACK")
        return batch?.isStuck == true ? .stuck(failure) : .rolledBack(failure)
    }

    /// Ends a transaction in which nothing is written; a connection where that fails is no place for the next one.
    private func close(_ word: String) {
        let answer = try? line.proceed([Statement(word)]).first?.get()
        if answer == nil { line.drop() }
    }

    /// Writes the members' deeds to the chains of their organizations.
    private func continueChains() {
        guard let notes = batch?.notes, !notes.isEmpty, batch?.failure == nil else { return }
        let chains = Chains(notes)
        guard let ends = send(chains.lock) else {
            // Each would wait as long again.
            if batch?.failure?.isSlow == true { batch?.isStuck = true }
            return
        }
        guard let entries = chains.continued(after: ends) else {
            batch?.fail(.refused(code: "XX000", "an audit log has lost its end"))
            return
        }
        batch?.ask(entries, for: nil, nil)
    }
}
