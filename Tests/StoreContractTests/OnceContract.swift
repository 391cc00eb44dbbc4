import CallControl
import CallCore
import Foundation
import SQLiteStore
import Synchronization
import Testing

@Suite struct OnceContract {
    /// Every change that a client can ask for, with what it is asked of.
    enum Change: String, CaseIterable, CustomTestStringConvertible {
        case schedule, scheduleBatch, cancel, createAgent, updateAgent, updateOrganization, createKey, revokeKey

        var testDescription: String { rawValue }

        /// Makes the change for `caller`; `number` tells one request's new things from another's.
        func make(_ shelf: Shelf, for caller: Caller, number: Int = 0) async throws {
            switch self {
            case .schedule: _ = try await shelf.store.insert(shelf.call("call_new\(number)"), for: caller)
            case .scheduleBatch:
                try await shelf.store.insert(
                    shelf.batch("batch_new\(number)", ["call_a\(number)", "call_b\(number)"]), for: caller)
            case .cancel: _ = try await shelf.cancel(CallID(rawValue: "call_1"), for: caller)
            case .createAgent:
                let id = AgentID(rawValue: "550e8400-e29b-41d4-a716-44665544100\(number)")
                try await shelf.store.insert(
                    Agent(id: id, organization: Shelf.acme, name: "New", createdAt: shelf.now), for: caller)
            case .updateAgent:
                _ = try await shelf.store.update(Shelf.agentID, for: caller, at: shelf.now) { agent in
                    var agent = agent
                    agent.name += "!"
                    return agent
                }
            case .updateOrganization:
                let window = CallWindow(days: [.monday], start: 60 + number, end: 120, zone: .utc)
                try await shelf.setWindow(window, of: .organization(Shelf.acme), for: caller)
            case .createKey:
                try await shelf.store.insert(
                    shelf.key("key_new\(number)"), digest: [UInt8](repeating: UInt8(number), count: 32), for: caller)
            case .revokeKey:
                _ = try await shelf.store.revoke(KeyID(rawValue: "key_1"), for: caller, at: shelf.now)
            }
        }
    }

    private static let words: @Sendable (Done) -> StoredAnswer = { done in
        let text =
            switch done {
            case .scheduled(let record): "scheduled \(record.call.id)"
            case .batch(let batch): "batch \(batch.id) of \(batch.calls.count)"
            case .cancelled(let call): "\(call.status.rawValue) \(call.id)"
            case .agent(let agent): "agent \(agent.name)"
            case .organization(let organization): "from \(organization.callWindow?.start ?? 0)"
            case .key(let key): "key \(key.id) \(key.revokedAt == nil)"
            case .stop, .operation, .suppressed, .lifted: "other"
            }
        return StoredAnswer(status: 201, body: Array(text.utf8))
    }

    static func caller(
        word: String = "w", key: String = "key_1", method: String = "POST", path: String = "/p", body: UInt8 = 1,
        at now: Moment = Shelf.now
    ) -> Caller {
        Caller(
            key: KeyID(rawValue: key), organization: Shelf.acme, role: .admin,
            once: Once(
                slot: Once.Slot(key: KeyID(rawValue: key), method: method, path: path, word: word),
                digest: [UInt8](repeating: body, count: 32), at: now, answer: words))
    }

    private func stocked(_ kind: StoreUnderTest) async throws -> Shelf {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1")
        try await shelf.store.insert(
            shelf.key("key_1"), digest: [UInt8](repeating: 255, count: 32), for: .commandLine(for: Shelf.acme))
        return shelf
    }

    /// What is in the store, as far as these changes touch it.
    private func contents(_ shelf: Shelf) async throws -> [String] {
        let calls = try await shelf.store.calls(CallQuery(organization: Shelf.acme), at: shelf.now).calls
        let agents = try await shelf.store.agents(of: Shelf.acme, limit: 100, offset: 0).agents
        let keys = try await shelf.store.keys(of: Shelf.acme)
        let log = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 1000)
        return ["\(calls)", "\(agents)", "\(keys)", "\(log.count)"]
    }

    @Test(arguments: StoreUnderTest.allCases, Change.allCases)
    func aRepeatedRequestChangesNothingAndGetsTheFirstAnswer(_ kind: StoreUnderTest, _ change: Change) async throws {
        let shelf = try await stocked(kind)
        let before = try await contents(shelf)
        try await change.make(shelf, for: Self.caller())
        let after = try await contents(shelf)
        #expect(before != after)
        guard let once = Self.caller().once else { return }
        let kept = try #require(try await shelf.store.repetition(of: once))
        // With new ids, as the door would have drawn them.
        let failure = await #expect(throws: StoreFailure.self) {
            try await change.make(shelf, for: Self.caller(), number: 1)
        }
        #expect(failure == .repeated(kept))
        guard case .answered(let answer) = kept else {
            Issue.record("\(kept)")
            return
        }
        #expect(answer.status == 201 && !answer.body.isEmpty)
        #expect(try await contents(shelf) == after)
    }

    @Test(arguments: StoreUnderTest.allCases, Change.allCases)
    func theSameWordWithAnotherBodyIsAMistake(_ kind: StoreUnderTest, _ change: Change) async throws {
        let shelf = try await stocked(kind)
        try await change.make(shelf, for: Self.caller())
        let after = try await contents(shelf)
        let failure = await #expect(throws: StoreFailure.self) {
            try await change.make(shelf, for: Self.caller(body: 2), number: 1)
        }
        #expect(failure == .repeated(.anotherBody))
        #expect(try await contents(shelf) == after)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anotherWordKeyMethodOrPathIsAnotherRequest(_ kind: StoreUnderTest) async throws {
        let shelf = try await stocked(kind)
        let callers = [
            Self.caller(), Self.caller(word: "W"), Self.caller(key: "key_2"), Self.caller(method: "PATCH"),
            Self.caller(path: "/p2"),
        ]
        for (number, caller) in callers.enumerated() {
            try await Change.schedule.make(shelf, for: caller, number: number)
        }
        #expect(try await shelf.store.calls(CallQuery(organization: Shelf.acme), at: shelf.now).total == 6)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anAnswerThatHasExpiredIsReplacedOrForgotten(_ kind: StoreUnderTest) async throws {
        let shelf = try await stocked(kind)
        for number in 0..<3 {
            try await Change.schedule.make(shelf, for: Self.caller(word: "w\(number)"), number: number)
        }
        let before = shelf.now + .seconds(24 * 3600)
        let expiry = shelf.now + Once.keptFor
        await #expect(throws: StoreFailure.self) {
            try await Change.schedule.make(shelf, for: Self.caller(word: "w0", at: before), number: 7)
        }
        try await Change.schedule.make(shelf, for: Self.caller(word: "w0", at: expiry), number: 7)
        #expect(try await shelf.store.call(CallID(rawValue: "call_new7"), at: shelf.now) != nil)
        #expect(try await shelf.store.forgetAnswers(expiredAt: before, limit: 10) == 0)
        #expect(try await shelf.store.forgetAnswers(expiredAt: expiry, limit: 1) == 1)
        #expect(try await shelf.store.forgetAnswers(expiredAt: expiry, limit: 10) == 1)
        #expect(try await shelf.store.forgetAnswers(expiredAt: expiry, limit: 10) == 0)
        // The new one is there still.
        let once = try #require(Self.caller(word: "w0", at: expiry).once)
        #expect(try await shelf.store.repetition(of: once) != nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aRefusalIsNotKept(_ kind: StoreUnderTest) async throws {
        let shelf = try await stocked(kind)
        let id = CallID(rawValue: "call_1")
        try await shelf.receive(.cancel(shelf.cancellation()), by: id)
        let caller = Self.caller()
        #expect(try await shelf.cancel(id, for: caller)?.verdict == .refused(.alreadyOver(.cancelled)))
        #expect(try await shelf.cancel(CallID(rawValue: "call_none"), for: caller) == nil)
        #expect(
            try await shelf.store.revoke(KeyID(rawValue: "key_none"), for: caller, at: shelf.now) == nil)
        // Broken by the schema, and rolled back with all that it did.
        await #expect(throws: StoreFailure.self) { try await shelf.store.insert(shelf.call("call_1"), for: caller) }
        let once = try #require(caller.once)
        #expect(try await shelf.store.repetition(of: once) == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func ofManyAtOnceOneIsCarriedOutAndTheOthersGetItsAnswer(_ kind: StoreUnderTest) async throws {
        let shelf = try await stocked(kind)
        let outcomes = try await withThrowingTaskGroup(of: StoreFailure?.self) { group in
            for number in 0..<64 {
                let call = try shelf.call("call_new\(number)")
                group.addTask {
                    do throws(StoreFailure) {
                        _ = try await shelf.store.insert(call, for: Self.caller())
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return try await group.reduce(into: [StoreFailure?]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(try await shelf.store.calls(CallQuery(organization: Shelf.acme), at: shelf.now).total == 2)
        let once = try #require(Self.caller().once)
        let kept = try #require(try await shelf.store.repetition(of: once))
        #expect(outcomes.count { $0 == .repeated(kept) } == 63)
    }

    /// A rule runs twice where a batch was rolled back.
    @Test(arguments: StoreUnderTest.allCases)
    func aRepeatedRequestCostsTheOthersOfItsBatchNothing(_ kind: StoreUnderTest) async throws {
        let shelf = try await stocked(kind)
        try await Change.schedule.make(shelf, for: Self.caller())
        for number in 0..<50 { try await shelf.addCall("call_other\(number)") }
        let runs = Count()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask { try? await Change.schedule.make(shelf, for: Self.caller(), number: 1) }
                group.addTask {
                    _ = try? await shelf.store.decide(
                        CallID(rawValue: "call_other\(number)"), proving: nil, claimingUntil: nil, at: shelf.now
                    ) { call, scene in
                        runs.value.add(1, ordering: .relaxed)
                        return call.receiving(.cancel(shelf.cancellation()), in: scene, at: shelf.now)
                    }
                }
            }
        }
        #expect(runs.value.load(ordering: .relaxed) == 50)
    }

    @Test func anAnswerOutlivesTheProcess() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("once-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("calls.sqlite").path
        let first = Shelf(store: try SQLiteStore(.file(path)), reopened: nil)
        try await first.addAgent()
        try await Change.schedule.make(first, for: Self.caller())
        let second = Shelf(store: try SQLiteStore(.file(path)), reopened: nil)
        let failure = await #expect(throws: StoreFailure.self) {
            try await Change.schedule.make(second, for: Self.caller(), number: 1)
        }
        #expect(failure == .repeated(.answered(StoredAnswer(status: 201, body: Array("scheduled call_new0".utf8)))))
    }

    private final class Count: Sendable {
        let value = Atomic(0)
    }
}

extension Shelf {
    func call(_ id: String) throws -> Call {
        Call(
            id: CallID(rawValue: id), organization: Self.acme, agent: Self.agentID,
            contact: Contact(phone: try #require(PhoneNumber("+15005550001"))), dueAt: now, createdAt: now)
    }

    func key(_ id: String) -> APIKey {
        APIKey(id: KeyID(rawValue: id), organization: Self.acme, name: id, role: .operator, createdAt: now)
    }

    /// A cancel that a client asked for.
    func cancel(_ id: CallID, for caller: Caller, reason: String? = nil) async throws -> Decided? {
        let cancellation = Cancellation(
            organization: caller.organization, key: caller.key, reason: reason, at: now)
        return try await store.decide(id, proving: nil, claimingUntil: nil, for: caller, at: now) { call, scene in
            call.receiving(.cancel(cancellation), in: scene, at: Self.now)
        }
    }
}
