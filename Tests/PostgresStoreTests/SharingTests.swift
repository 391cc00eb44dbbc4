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

    /// What holds a call is asked for all of a transaction at once.
    @Test func eachIsToldWhatItAsked() async throws {
        let desk = try await Desk.new()
        let caller = Caller.commandLine(for: Desk.acme)
        let agents = (0..<3).map { AgentID(rawValue: "550e8400-e29b-41d4-a716-00000000000\($0)") }
        for (number, id) in agents.enumerated() {
            try await desk.store.insert(
                Agent(
                    id: id, organization: Desk.acme, name: "Agent \(number)", status: number == 1 ? .inactive : .active,
                    createdAt: desk.now), for: caller)
        }
        let stop = Stop(
            id: StopID(rawValue: "stop_1"), organization: Desk.acme, scope: .agent(agents[2]), live: .leave,
            queue: .hold, reason: nil, key: caller.key, at: desk.now)
        let drain = CallControl.Operation(
            id: OperationID(rawValue: "op_1"), organization: Desk.acme, kind: .stop, target: .scope(stop.scope),
            live: .leave, reason: nil, requestedAt: desk.now)
        _ = try await desk.store.insert(stop, draining: drain, for: caller)
        let number = try #require(PhoneNumber("+15005550003"))
        let suppression = SuppressedNumber(
            id: SuppressionID(rawValue: "sup_1"), organization: Desk.acme, number: number, reason: nil, key: caller.key,
            at: desk.now)
        let ending = CallControl.Operation(
            id: OperationID(rawValue: "op_2"), organization: Desk.acme, kind: .cancel, target: .numbers([number]),
            live: .leave, reason: nil, requestedAt: desk.now)
        _ = try await desk.store.suppress([suppression], ending: ending, for: caller)

        // Each combination of an agent and a number three times.
        let calls = try (0..<36).map {
            try Desk.call("call_\($0)", agent: agents[$0 % 3], number: "+1500555000\(1 + $0 / 3 % 4)")
        }
        let records = try await desk.together(calls.map { call in { try await desk.store.insert(call, for: caller) } })
        for (call, record) in zip(calls, records) {
            guard call.contact.phone != number else {
                #expect(record.failed { $0 as? StoreFailure == .suppressed(suppression.id) })
                continue
            }
            let agent = try #require(agents.firstIndex(of: call.agent))
            #expect(try record.get().agent.name == "Agent \(agent)")
            let holds: [Hold] = [[], [.inactiveAgent(agents[1])], [.stop(stop.id)]][agent]
            #expect(try record.get().queue?.heldBy == holds)
        }
        #expect(try desk.session().number("SELECT count(DISTINCT xmin::text) FROM calls WHERE id LIKE 'call%'") < 9)
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

    /// Two who shared a transaction do so again, though one of them is back first.
    @Test func thoseWhoWereThereAMomentAgoAreWaitedFor() async throws {
        let lane = PausingSeat()
        let first = try await Desk.new()
        let desk = Desk(first.url, seat: { $0 == "decisions 1" ? lane : PausingSeat() })
        let session = try desk.session()
        var free = lane.block()
        async let one = desk.add("call_1")
        async let two = desk.add("call_2")
        await lane.waitForVisits(2)
        free.signal()
        _ = try await (one, two)

        free = lane.block()
        async let three = desk.add("call_3")
        await lane.waitForVisits(1)
        free.signal()
        await lane.settle()
        #expect(try session.number("SELECT count(*) FROM calls") == 2)
        async let four = desk.add("call_4")
        _ = try await (three, four)
        #expect(try session.number("SELECT count(DISTINCT xmin::text) FROM calls") == 2)

        // The other one does not come back, and nobody waits for it for long.
        free = lane.block()
        async let five = desk.add("call_5")
        await lane.waitForVisits(1)
        free.signal()
        await lane.settle()
        #expect(try session.number("SELECT count(*) FROM calls") == 4)
        lane.endPauses()
        _ = try await five
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
