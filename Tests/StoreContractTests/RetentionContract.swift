import CallControl
import CallCore
import Testing

@Suite struct RetentionContract {
    private static let day: Duration = .seconds(86_400)
    /// Long after all that these tests do.
    private static let later = Shelf.now + day

    /// A call that somebody has talked with, and whose phone is verified to be silent.
    private func talked(_ shelf: Shelf, _ id: String) async throws -> DialLease {
        let (dial, termination) = try await shelf.cancelled(id)
        _ = try await shelf.store.decide(
            dial.call.id, proving: DialProof(dial, closing: true), claimingUntil: nil, at: shelf.now
        ) { call, scene in
            call.receiving(
                .failed(DialFailure(status: .noAnswer, sipStatusCode: 487)), about: dial.room, in: scene, at: Shelf.now)
        }
        #expect(try await shelf.store.settle(.verified, of: termination, at: shelf.now))
        return dial
    }

    /// The calls that may be purged, from the first on.
    private func purgeable(
        _ shelf: Shelf, before moment: Moment = later, limit: Int = 100
    ) async throws -> [FinishedCall] {
        var calls: [FinishedCall] = []
        var place: Int64? = 0
        while let from = place {
            let found = try await shelf.store.purgeable(overBefore: moment, after: from, limit: limit)
            #expect(found.calls.count <= limit)
            calls += found.calls
            place = found.next
        }
        return calls
    }

    private func ids(_ calls: [FinishedCall]) -> [String] { calls.map(\.record.call.id.rawValue) }

    @Test(arguments: StoreUnderTest.allCases)
    func onlyWhatIsOverAndSilentIsPurgedAndNothingOfItIsLeft(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let old = try await talked(shelf, "call_old")
        try await shelf.addCall("call_waiting", due: shelf.now + .seconds(3600))
        _ = try await shelf.dialled("call_live")
        // Over, and its phone not yet silent; over, and its dial not yet back.
        let (loud, _) = try await shelf.cancelled("call_loud")
        _ = try await shelf.store.decide(
            loud.call.id, proving: DialProof(loud, closing: true), claimingUntil: nil, at: shelf.now
        ) { call, scene in
            call.receiving(
                .failed(DialFailure(status: .noAnswer, sipStatusCode: 487)), about: loud.room, in: scene, at: Shelf.now)
        }
        let (out, termination) = try await shelf.cancelled("call_out")
        #expect(try await shelf.store.settle(.verified, of: termination, at: shelf.now))
        try await shelf.addCall("call_unplaced")
        try await shelf.receive(.cancel(shelf.cancellation()), by: CallID(rawValue: "call_unplaced"))
        try await shelf.addCall("call_young")
        let late = Cancellation(
            organization: Shelf.acme, key: shelf.caller.key, reason: nil, at: Self.later)
        try await shelf.receive(.cancel(late), by: CallID(rawValue: "call_young"), at: Self.later)
        try await shelf.addCall("call_last")
        let found = try await purgeable(shelf)
        #expect(ids(found) == ["call_old", "call_unplaced"])
        let entries = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 1000)
        #expect(try await shelf.store.purge(found, overBefore: Self.later) == 2)
        #expect(try await shelf.store.call(old.call.id, at: shelf.now) == nil)
        #expect(try await shelf.store.events(of: old.call.id, after: 0, limit: 10).isEmpty)
        #expect(try await shelf.store.dial(of: old.room) == nil)
        let rest = try await shelf.store.calls(CallQuery(organization: Shelf.acme), at: shelf.now)
        #expect(
            Set(rest.calls.map(\.id.rawValue))
                == ["call_waiting", "call_live", "call_loud", "call_out", "call_young", "call_last"])
        #expect(try await shelf.store.openTerminations() == [loud.room])
        #expect(try await shelf.store.dial(of: out.room) != nil)
        #expect(try await purgeable(shelf).isEmpty)
        // The log tells of it as before, and hangs together.
        #expect(try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 1000) == entries)
        if kind != .sqliteInMemory {
            for table in ["events", "attempts", "terminations"] {
                try shelf.nothing(in: table, where: "call NOT IN (SELECT key FROM calls)")
            }
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theWholeCallIsReadBeforeItGoes(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        _ = try await talked(shelf, "call_1")
        try await shelf.addCall("call_last")
        let record = try await shelf.record("call_1")
        let events = try await shelf.store.events(of: record.call.id, after: 0, limit: 100)
        let found = try #require(try await purgeable(shelf).first)
        #expect(found.record == record)
        #expect(found.events == events)
        #expect(found.record.call.attempts.count == 1)
        #expect(found.record.termination?.state == .verified)
        #expect(found.events.count > 3)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aSignOfLifeMeanwhileKeepsACall(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let rung = try await talked(shelf, "call_rung")
        let seen = try await talked(shelf, "call_seen")
        _ = try await talked(shelf, "call_quiet")
        try await shelf.addCall("call_last")
        let found = try await purgeable(shelf)
        #expect(found.count == 3)
        // One is heard of again, the room of another is found.
        try await shelf.receive(.ringing, by: rung.call.id, about: rung.room, at: Self.later)
        try await shelf.store.terminate(seen.room, at: Self.later)
        #expect(try await shelf.store.purge(found, overBefore: Self.later) == 1)
        #expect(try await shelf.store.call(CallID(rawValue: "call_quiet"), at: shelf.now) == nil)
        #expect(try await shelf.store.openTerminations() == [rung.room, seen.room])
        #expect(try await shelf.status("call_rung") == .cancelled)
        #expect(try await shelf.store.purge(found, overBefore: Self.later) == 0)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aWalkComesToEachOnceInTheirOrder(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<50 {
            let id = try await shelf.addCall("call_\(number)", due: shelf.now + .seconds(3600))
            if number % 2 == 0 { try await shelf.receive(.cancel(shelf.cancellation()), by: id) }
        }
        try await shelf.addCall("call_last")
        let expected = stride(from: 0, to: 50, by: 2).map { "call_\($0)" }
        for limit in [1, 4, 25, 26] { #expect(ids(try await purgeable(shelf, limit: limit)) == expected) }
        // The age counts from the end, and its last moment is still too young.
        #expect(try await purgeable(shelf, before: shelf.now).isEmpty)
        #expect(try await purgeable(shelf, before: shelf.now + .milliseconds(1)).count == 25)
    }

    @Test(arguments: StoreUnderTest.reachable)
    func behindAThousandOfYoungerOnesNobodyLooks(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_0")
        try shelf.meddle(
            """
            INSERT INTO calls (id, organization, agent, phase, status, held, stopped, priority, due, phone, created, updated, \
            listed_at, ended) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
            SELECT 'call_' || i, organization, agent, 5, 'completed', held, stopped, priority, due, phone, created + 1000 * i, \
            updated, listed_at, created + 1000 * i FROM calls, n WHERE key = (SELECT min(key) FROM calls)
            """)
        let moment = shelf.now + .seconds(1500)
        #expect(try await purgeable(shelf, before: moment, limit: 400).count == 1499)
        let young = try await shelf.store.purgeable(overBefore: moment, after: 1900, limit: 400)
        #expect(young.next == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func resultsGoWithTheirOperationInSteps(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.begin(.ids((0..<5).map { CallID(rawValue: "call_\($0)") }), id: "op_1")
        try await shelf.begin(.filter(CallQuery(organization: Shelf.acme)), id: "op_2")
        try await shelf.stop("stop_1", .all)
        try await shelf.carryOut()
        try await shelf.begin(.ids([CallID(rawValue: "call_9")]), id: "op_3")
        try await shelf.carryOut(at: Self.later)
        try await shelf.begin(.ids([CallID(rawValue: "call_9")]), id: "op_4")
        var steps: [PurgedResults] = []
        var operation: OperationID?
        while let step = try await shelf.store.purgeResults(doneBefore: Self.later, after: operation, limit: 2) {
            steps.append(step)
            operation = step.next
        }
        #expect(steps.map(\.count) == [2, 2, 1, 0, 0])
        #expect(steps.map(\.next?.rawValue) == [nil, nil, "op_1", "op_2", "op_stop_1"])
        for id in ["op_1", "op_2"] { #expect(try await shelf.store.operation(OperationID(rawValue: id)) == nil) }
        // A stop tells of its own, young ones and open ones stay.
        #expect(try await shelf.store.stop(StopID(rawValue: "stop_1"))?.drain.id.rawValue == "op_stop_1")
        #expect(try await shelf.results("op_3").count == 1)
        #expect(try await shelf.store.openOperations().map(\.rawValue) == ["op_4"])
        try await shelf.carryOut()
        #expect(try await shelf.results("op_4").count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aCallMadeAfterwardsIsAnother(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for id in ["call_1", "call_2"] {
            try await shelf.addCall(id)
            try await shelf.receive(.cancel(shelf.cancellation()), by: CallID(rawValue: id))
        }
        var query = CallQuery(organization: Shelf.acme)
        query.limit = 1
        // A cursor of before, and an operation that knows the calls of before.
        query.after = try await shelf.store.calls(query, at: shelf.now).next
        try await shelf.begin(.filter(CallQuery(organization: Shelf.acme)))
        let found = try await purgeable(shelf)
        _ = try await shelf.store.purge(found, overBefore: Self.later)
        try await shelf.addCall("call_new")
        try await shelf.carryOut()
        #expect(try await shelf.status("call_new") == .initiated)
    }
}
