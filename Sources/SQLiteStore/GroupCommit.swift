import CallControl
import GRDB
import NIOConcurrencyHelpers
import StoredRows

/// Puts writes that come at the same time into one transaction: whatever queued while the last commit was on its way to the disk goes
/// into the next one.
///
/// One row a commit is 700 a second on a disk that takes 1 ms to sync, 64 a commit are 28,000; there is no timer, so a lone write
/// waits for nobody.
final class GroupCommit: Sendable {
    /// Enough to spread a slow sync over many, small enough that one batch stays well under 50 ms.
    static let largestBatch = 256
    /// More than this waiting means that the disk does not keep up: better to say so than to grow.
    static let longestQueue = 20_000

    private struct State {
        var waiting: [any Member] = []
        var isDraining = false
    }

    private let writer: any DatabaseWriter
    private let inPlace: Bool
    private let state = NIOLockedValueBox(State())

    /// With `inPlace` the caller's own thread does the work.
    ///
    /// In memory there is no disk to wait for, and a simulation needs everything to happen on its one thread.
    init(_ writer: any DatabaseWriter, inPlace: Bool) {
        self.writer = writer
        self.inPlace = inPlace
    }

    /// Runs `body` inside a transaction with others and returns when that is on the disk.
    ///
    /// `body` may run twice: when another member of the batch breaks a constraint, the batch is rolled back and run again with a
    /// savepoint for each. It is drained outside of the caller's task: a caller that is cancelled still gets its write.
    ///
    /// - Parameter weight: as how many writes it counts, where a batch has no more than `largestBatch`.
    func write<Value: Sendable>(
        weight: Int = 1, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        let result = await withCheckedContinuation { continuation in
            enqueue(Write(weight: weight, body: body, continuation: continuation))
        }
        return try result.get()
    }

    private func enqueue(_ member: any Member) {
        enum Next { case nothing, drain, refuse }
        let next = state.withLockedValue { state -> Next in
            guard state.waiting.count < Self.longestQueue else { return .refuse }
            state.waiting.append(member)
            if state.isDraining { return .nothing }
            state.isDraining = true
            return .drain
        }
        switch next {
        case .nothing: break
        case .refuse: member.finish(.unavailable("the disk does not keep up: \(Self.longestQueue) writes are waiting"))
        case .drain where inPlace: writer.writeWithoutTransaction { drain($0) }
        case .drain: writer.asyncWriteWithoutTransaction { self.drain($0) }
        }
    }

    private func drain(_ db: Database) {
        while true {
            let batch = state.withLockedValue { state -> [any Member] in
                var room = Self.largestBatch
                let batch = Array(
                    state.waiting.prefix { member in
                        defer { room -= member.weight }
                        return room == Self.largestBatch || member.weight <= room
                    })
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isDraining = false }
                return batch
            }
            if batch.isEmpty { return }
            let failure = commit(batch, db, savepoints: false)
            for member in batch { member.finish(failure) }
        }
    }

    /// Nil: committed, and each member knows its own result.
    private func commit(_ batch: [any Member], _ db: Database, savepoints: Bool) -> StoreFailure? {
        do {
            try db.run("BEGIN IMMEDIATE")
            for member in batch {
                if savepoints {
                    try runAlone(member, db)
                } else {
                    try member.run(db)
                }
            }
            try db.run("COMMIT")
            return nil
        } catch {
            if db.isInsideTransaction { try? db.run("ROLLBACK") }
            if !savepoints, Self.isOneMembersOwn(error) {
                return commit(batch, db, savepoints: true)
            }
            return StoreFailure(error)
        }
    }

    /// A broken constraint or a row that cannot be read is one member's own fault; a full disk or an I/O error concerns them all.
    private static func isOneMembersOwn(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        return error.resultCode == .SQLITE_CONSTRAINT
    }

    private func runAlone(_ member: any Member, _ db: Database) throws {
        try db.run("SAVEPOINT member")
        do {
            try member.run(db)
            try db.run("RELEASE member")
        } catch  where Self.isOneMembersOwn(error) {
            try db.run("ROLLBACK TO member")
            try db.run("RELEASE member")
            member.fail(StoreFailure(error))
        }
    }
}

private protocol Member: Sendable {
    var weight: Int { get }
    func run(_ db: Database) throws
    func fail(_ failure: StoreFailure)
    /// Resumes the caller: with the batch's failure, or with the member's own result.
    func finish(_ failure: StoreFailure?)
}

/// One caller's write.
///
/// `@unchecked`: `result` is touched by one thread at a time, the one that drains.
private final class Write<Value: Sendable>: Member, @unchecked Sendable {
    let weight: Int
    private let body: @Sendable (Database) throws -> Value
    private let continuation: CheckedContinuation<Result<Value, StoreFailure>, Never>
    private var result: Result<Value, StoreFailure> = .failure(.unavailable("not run"))

    init(
        weight: Int, body: @escaping @Sendable (Database) throws -> Value,
        continuation: CheckedContinuation<Result<Value, StoreFailure>, Never>
    ) {
        self.weight = weight
        self.body = body
        self.continuation = continuation
    }

    func run(_ db: Database) throws {
        do {
            result = .success(try body(db))
        } catch let repeated as Repeated {
            // Nothing was written yet, so that the batch goes on as it is.
            result = .failure(.repeated(repeated.repetition))
        } catch StoreFailure.suppressed(let id) {
            result = .failure(.suppressed(id))
        }
    }
    func fail(_ failure: StoreFailure) { result = .failure(failure) }
    func finish(_ failure: StoreFailure?) { continuation.resume(returning: failure.map { .failure($0) } ?? result) }
}

extension StoreFailure {
    init(_ error: any Error) {
        guard let error = error as? DatabaseError else {
            self = .unavailable("\(error)")
            return
        }
        // Never the statement's arguments: they carry phone numbers.
        let text = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        self = error.resultCode == .SQLITE_CONSTRAINT ? .conflict(text) : .unavailable(text)
    }
}
