import CallControl
import CallCore
import Dispatch
import PostgresStore
import TestSupport
import Testing

/// Who shares a transaction with whom.
@Suite struct SharingTests {
    /// How many transactions wrote the cancels.
    private func transactions(_ desk: Desk) throws -> Int {
        try desk.session().number("SELECT count(DISTINCT xmin::text) FROM events WHERE what = 'call.cancelled'")
    }

    private func rollbacks(_ desk: Desk) throws -> Int {
        let session = try desk.session()
        // What a session did is counted when it has been idle for a moment, or at its next transaction after that.
        try session.run("SELECT pg_stat_force_next_flush()")
        return try session.number("SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()")
    }

    @Test func manyThatWaitShareATransactionAndItsCommit() async throws {
        let desk = try await Desk.new()
        var calls: [CallID] = []
        for number in 0..<100 { calls.append(try await desk.add("call_\(number)")) }
        let verdicts = try await desk.together(calls.map { call in { try await desk.cancel(call) } })
        #expect(try verdicts.allSatisfy { try $0.get() == .moved })
        // One for each lane, and a few for those that came late.
        #expect((1...10).contains(try transactions(desk)))
    }

    /// Rows that are written together are those that each would have written alone.
    @Test func whatComesTogetherIsStoredAsIfAlone() async throws {
        let desk = try await Desk.new()
        let odd = [#"{"a":"\\ \" , {}"}"#, nil, "NULL", "", "\u{1F4DE} Zoë"]
        let calls = try (0..<40).map { try Desk.call("call_\($0)", metadata: odd[$0 % odd.count]) }
        let taken = try Desk.call("call_7", number: "+15005550009")
        let caller = Caller.commandLine(for: Desk.acme)
        var results = try await desk.together(
            (calls + [taken]).map { call in { _ = try await desk.store.insert(call, for: caller) } })
        // One of the two that have one id; whose turn came first is left open.
        results.removeAll { $0.failed { ($0 as? StoreFailure)?.isConflict == true } }
        #expect(results.count == 40)
        for call in calls where call.id != taken.id {
            let record = try await desk.store.call(call.id, at: desk.now)
            #expect(record?.call == call)
            let events = try await desk.store.events(of: call.id, after: 0, limit: 10)
            #expect(events.map(\.sequence) == [1] && events.map(\.notice) == [.created])
        }
        let verdicts = try await desk.together(
            calls.map { call in { try await desk.cancel(call.id, for: caller) } })
        #expect(try verdicts.allSatisfy { try $0.get() == .moved })
        let session = try desk.session()
        #expect(try session.number("SELECT count(*) FROM events WHERE what = 'call.cancelled' AND sequence = 2") == 40)
        #expect(try session.number("SELECT count(DISTINCT subject) FROM audit WHERE action = 'call.cancel'") == 40)
        #expect(try session.number("SELECT count(*) - max(sequence) FROM audit") == 0)
    }

    @Test func aLoneOneWaitsForNobody() async throws {
        let desk = try await Desk.new()
        let (first, second) = (try await desk.add("call_0"), try await desk.add("call_1"))
        let (news, tell) = AsyncStream.makeStream(of: Void.self)
        let free = DispatchSemaphore(value: 0)
        async let slow = desk.cancel(first) {
            tell.yield()
            free.wait()
        }
        var arrivals = news.makeAsyncIterator()
        _ = await arrivals.next()
        // The other lane is busy, and stays it until this one is done.
        #expect(try await desk.cancel(second) == .moved)
        #expect(try await desk.status(second) == .cancelled)
        free.signal()
        #expect(try await slow == .moved)
        #expect(try transactions(desk) == 2)
    }

    @Test func membersForOneCallGoOneAfterTheOtherOnEachOthersResult() async throws {
        let desk = try await Desk.new()
        let call = try await desk.add("call_0")
        let seen = try await desk.together(
            (0..<64).map { _ in
                {
                    try await desk.store.decide(
                        call, proving: nil, claimingUntil: nil, for: nil, at: desk.now
                    ) { call, _ in
                        var call = call
                        call.outcome = String((Int(call.outcome ?? "") ?? 0) + 1)
                        return .note(call)
                    }?.call.outcome
                }
            })
        #expect(Set(try seen.map { Int(try $0.get() ?? "") }) == Set(1...64))
        #expect(try await desk.store.call(call, at: desk.now)?.call.outcome == "64")
        let row = try desk.session().number("SELECT count(*) FROM calls WHERE id = 'call_0' AND outcome = '64'")
        #expect(row == 1)
    }

    @Test func oneThatFailsBeforeItHasWrittenDisturbsNobody() async throws {
        let desk = try await Desk.new()
        let calls = try await desk.addNeighbours(20)
        let repeated = Desk.caller(word: "w")
        _ = try await desk.store.insert(try Desk.call("call_first"), for: repeated)
        let before = try rollbacks(desk)
        let verdicts = try await desk.together(
            calls.flatMap { call -> [@Sendable () async throws -> Decided.Verdict?] in
                [{ try await desk.cancel(call) }, { try await desk.cancel(call, for: repeated) }]
            })
        for (index, verdict) in verdicts.enumerated() {
            if index % 2 == 0 {
                #expect(try verdict.get() == .moved)
            } else {
                #expect(verdict.failed { $0 is StoreFailure })
            }
        }
        #expect((1...5).contains(try transactions(desk)))
        #expect(try rollbacks(desk) == before)
    }

    @Test func oneThatBreaksAConstraintFailsAloneAndTheOthersHaveATransactionEach() async throws {
        let desk = try await Desk.new()
        let calls = try await desk.addNeighbours(20)
        let (taken, own) = (RoomName(rawValue: "taken"), RoomName(rawValue: "own"))
        let dial: @Sendable (CallID, RoomName) async throws -> Decided.Verdict? = { call, room in
            try await desk.store.decide(
                call, proving: nil, claimingUntil: nil, for: nil, at: desk.now
            ) { call, _ in .move(call, effects: [.dial(room)]) }?.verdict
        }
        #expect(try await dial(calls[0], taken) == .moved)
        var jobs: [@Sendable () async throws -> Decided.Verdict?] = calls.map { call in { try await desk.cancel(call) }
        }
        jobs.insert({ try await dial(calls[1], taken) }, at: 7)
        jobs.insert({ try await dial(calls[2], own) }, at: 9)
        var verdicts = try await desk.together(jobs)
        #expect(verdicts.remove(at: 7).failed { if case .conflict = $0 as? StoreFailure { true } else { false } })
        #expect(try verdicts.allSatisfy { try $0.get() == .moved })
        // Whoever came a moment late was not in the batch that was rolled back.
        #expect((15...20).contains(try transactions(desk)))
        #expect(try desk.session().number("SELECT count(*) FROM dials") == 2)
    }
}

extension StoreFailure {
    fileprivate var isConflict: Bool { if case .conflict = self { true } else { false } }
}
