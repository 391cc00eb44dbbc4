import CallControl
import CallCore
import Testing

/// What a batch may spend in a day, counted where its calls are begun.
@Suite struct BudgetContract {
    private static let id = BatchID(rawValue: "batch_1")
    private static let midnight = CivilDay(of: Shelf.now, in: .utc).end

    private func shelf(
        _ kind: StoreUnderTest, calls: Int = 9, perDay: Int? = nil, minutes: Int? = nil, zone: Zone = .utc
    ) async throws -> Shelf {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await add(Self.id, to: shelf, calls: calls, perDay: perDay, minutes: minutes, zone: zone)
        return shelf
    }

    private func add(
        _ id: BatchID, to shelf: Shelf, calls: Int, perDay: Int? = nil, minutes: Int? = nil, zone: Zone = .utc
    ) async throws {
        let plain = try shelf.batch(id.rawValue, (0..<calls).map { "call_\(id.rawValue)_\($0)" })
        let budget = Budget(callsPerDay: perDay, minutesPerDay: minutes, zone: zone)
        try await shelf.store.insert(
            Batch(
                id: id, organization: Shelf.acme, agent: Shelf.agentID, name: nil, createdAt: shelf.now,
                guards: BatchGuards(budget: budget), rows: plain.rows), for: shelf.caller)
    }

    private func admit(
        _ store: any Store, _ limit: Int = 100, at moment: Moment = Shelf.now
    ) async throws -> Admissions {
        let terms = AdmissionTerms(limits: DialLimits(maxLive: 1000, dialsPerSecond: 10_000_000), atMost: limit)
        return try await store.admitDue(terms, at: moment, claimingUntil: moment + .seconds(8)) { call, scene in
            let room = RoomName(installation: "t", call: call.id, attempt: call.pastAttempts.count + 1)
            return call.resumed(at: scene.allowance?.resumedAt).receiving(.lineFree(room), in: scene, at: moment)
        }
    }

    private func send(_ dial: DialLease, _ shelf: Shelf, at moment: Moment = Shelf.now) async throws {
        let decided = try await shelf.receive(
            .sendDial(deadline: moment + .seconds(34), LiveKitIDs()), by: dial.call.id, about: dial.room, at: moment)
        #expect(decided?.verdict == .moved)
    }

    /// As the server does where a budget is spent.
    private func pause(_ shelf: Shelf) async throws {
        try await shelf.stop(
            "stop_1", .batch(Self.id), live: .leave, queue: .hold, until: Self.midnight, cause: .budget,
            by: .server(for: Shelf.acme))
        try await shelf.carryOut()
    }

    /// Of calls that were put off.
    private func later(_ times: Int, from moment: Moment = Shelf.now) -> Moment { moment + .seconds(10 * times) }

    private func spending(_ shelf: Shelf, from start: Moment = midnight - .seconds(86_400)) async throws
        -> Budget.Spending
    {
        try await shelf.store.spending(of: Self.id, in: Shelf.acme, from: start)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aBatchKeepsItsBudget(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let zone = try #require(Zone("America/Argentina/Buenos_Aires"))
        let all: [(Int?, Int?)] = [(7, nil), (nil, 90), (8, 1)]
        for (index, limits) in all.enumerated() {
            let id = BatchID(rawValue: "batch_\(index)")
            try await add(id, to: shelf, calls: 1, perDay: limits.0, minutes: limits.1, zone: zone)
            let budget = try #require(Budget(callsPerDay: limits.0, minutesPerDay: limits.1, zone: zone))
            #expect(try await shelf.store.guards(of: id)?.guards == BatchGuards(budget: budget))
            #expect(try await shelf.store.batch(id, at: Shelf.now)?.summary.guards.budget == budget)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func noMoreAreBegunThanTheDayHasAndTheOthersGoOn(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, perDay: 3)
        try await add(BatchID(rawValue: "batch_2"), to: shelf, calls: 4)
        try await shelf.addCall("call_alone")
        let first = try await admit(shelf.store)
        let own = first.admitted.filter { $0.call.batch == Self.id && $0.dial != nil }.compactMap(\.dial)
        #expect(own.count == 3)
        #expect(first.admitted.count { $0.call.batch != Self.id && $0.dial != nil } == 5)
        #expect(first.keptBack == [Self.id])
        #expect(try await spending(shelf) == Budget.Spending(placing: 3))
        // What is sent stays spent, and what is kept back is asked for again.
        for dial in own { try await send(dial, shelf) }
        #expect(try await spending(shelf) == Budget.Spending(sent: 3))
        let second = try await admit(shelf.store, at: later(1))
        #expect(second.admitted.isEmpty)
        #expect(second.keptBack == [Self.id])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func oneByOneItComesToTheSame(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, perDay: 3)
        var begun = 0
        for _ in 0..<12 { begun += try await admit(shelf.store, 1).admitted.count { $0.dial != nil } }
        #expect(begun == 3)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anAttemptThatWasNeverSentGivesItsPlaceBack(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, perDay: 2)
        let dials = try await admit(shelf.store).admitted.compactMap(\.dial)
        try #require(dials.count == 2)
        try await send(dials[0], shelf)
        try await shelf.receive(.agentUnavailable, by: dials[1].call.id, about: dials[1].room)
        #expect(try await spending(shelf) == Budget.Spending(sent: 1))
        let next = try await admit(shelf.store, at: later(1)).admitted.compactMap(\.dial)
        try #require(next.count == 1)
        // One that was sent has been dialled, however it ends.
        try await shelf.receive(.failed(.internal), by: dials[0].call.id, about: dials[0].room)
        try await shelf.receive(.agentUnavailable, by: next[0].call.id, about: next[0].room)
        #expect(try await spending(shelf) == Budget.Spending(sent: 1))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func retriesAreDialsAsOthers(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, calls: 1, perDay: 1)
        try await shelf.addCall("call_again", batch: Self.id.rawValue, retries: RetryContract.plan)
        _ = try await shelf.receive(.cancel(shelf.cancellation()), by: CallID(rawValue: "call_batch_1_0"))
        let dial = try #require(try await admit(shelf.store).admitted.first?.dial)
        try await send(dial, shelf)
        try await shelf.receive(.failed(DialFailure(status: .busy)), by: dial.call.id, about: dial.room)
        for lease in try await shelf.store.leaseTerminations(9, at: shelf.now, until: shelf.now + .seconds(8)) {
            _ = try await shelf.store.settle(.verified, of: lease, at: shelf.now)
        }
        let due = try await shelf.record("call_again").call.dueAt
        let kept = try await admit(shelf.store, at: due)
        #expect(kept.admitted.isEmpty)
        #expect(kept.keptBack == [Self.id])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aDialIsOfTheDayOnWhichItIsSent(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, perDay: 2)
        let late = Self.midnight - .milliseconds(1)
        let dials = try await admit(shelf.store, at: late).admitted.compactMap(\.dial)
        try #require(dials.count == 2)
        try await send(dials[0], shelf, at: late)
        // The other one leaves after midnight: of the new day it takes one.
        #expect(try await spending(shelf, from: Self.midnight) == Budget.Spending(placing: 1))
        try await send(dials[1], shelf, at: Self.midnight)
        #expect(try await spending(shelf, from: Self.midnight) == Budget.Spending(sent: 1))
        #expect(try await admit(shelf.store, at: later(1, from: Self.midnight)).admitted.count { $0.dial != nil } == 1)
        #expect(try await admit(shelf.store, at: later(2, from: Self.midnight)).admitted.isEmpty)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func midnightIsThatOfItsPlace(_ kind: StoreUnderTest) async throws {
        // It is noon, UTC, and a quarter to six in the evening there.
        let shelf = try await shelf(kind, perDay: 1, zone: try #require(Zone("Asia/Kathmandu")))
        let dial = try #require(try await admit(shelf.store).admitted.compactMap(\.dial).first)
        try await send(dial, shelf)
        let midnight = shelf.now + .seconds(6 * 3600 + 900)
        #expect(try await admit(shelf.store, at: midnight - .milliseconds(1)).admitted.isEmpty)
        #expect(try await admit(shelf.store, at: later(1, from: midnight)).admitted.count { $0.dial != nil } == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func whatIsTalkedCountsWhereTheCallEndedAndNotBefore(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, minutes: 3)
        let yesterday = Self.midnight - .seconds(120)
        let dials = try await admit(shelf.store, 2, at: yesterday).admitted.compactMap(\.dial)
        try #require(dials.count == 2)
        for dial in dials {
            try await send(dial, shelf, at: yesterday)
            try await shelf.receive(
                .answered(LiveKitIDs(), dialReturned: true), by: dial.call.id, about: dial.room, at: yesterday)
        }
        let left = CallEvent.left(Departure(reason: .clientInitiated, wasAnswered: true))
        try await shelf.receive(left, by: dials[0].call.id, about: dials[0].room, at: Self.midnight - .seconds(1))
        #expect(try await spending(shelf, from: Self.midnight).talked == .zero)
        #expect(try await admit(shelf.store, 1, at: Self.midnight).admitted.count == 1)
        // Two minutes of yesterday and one of today are three of today's, for a call that ends today.
        let end = Self.midnight + .seconds(60)
        try await shelf.receive(left, by: dials[1].call.id, about: dials[1].room, at: end)
        #expect(try await spending(shelf, from: Self.midnight).talked == .seconds(180))
        let kept = try await admit(shelf.store, at: end)
        #expect(kept.admitted.isEmpty)
        #expect(kept.keptBack == [Self.id])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aPauseThatIsLiftedByHandWaivesTheDayAndOnlyThat(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, perDay: 1)
        let dial = try #require(try await admit(shelf.store).admitted.compactMap(\.dial).first)
        try await send(dial, shelf)
        try await pause(shelf)
        let held = try await shelf.record("call_batch_1_8").queue
        #expect(held?.state == .held)
        #expect(held?.heldBy == [.budget(StopID(rawValue: "stop_1"), until: Self.midnight)])
        #expect(held?.nextAttemptAt == Self.midnight)
        #expect(try await admit(shelf.store, at: later(1)).admitted.isEmpty)
        _ = try await shelf.release("stop_1")
        try await shelf.carryOut()
        #expect(try await shelf.record("call_batch_1_8").resumedAt == shelf.now + .seconds(1))
        let more = try await admit(shelf.store, 3, at: later(2)).admitted
        #expect(more.count { $0.dial != nil } == 3)
        for dial in more.compactMap(\.dial) { try await send(dial, shelf, at: later(2)) }
        // The day after has its own.
        let next = try await admit(shelf.store, at: later(1, from: Self.midnight)).admitted
        #expect(next.count { $0.dial != nil } == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aPauseThatTheServerLiftsWaivesNothingAndMakesNobodyLate(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, perDay: 1)
        let dial = try #require(try await admit(shelf.store).admitted.compactMap(\.dial).first)
        try await send(dial, shelf)
        // As by a node whose clock is ahead.
        try await pause(shelf)
        _ = try await shelf.release("stop_1", by: .server(for: Shelf.acme), at: Self.midnight)
        try await shelf.carryOut()
        #expect(try await admit(shelf.store, at: Self.midnight - .milliseconds(5)).admitted.isEmpty)
        let next = try await admit(shelf.store, at: later(1, from: Self.midnight)).admitted.compactMap(\.dial)
        #expect(next.count == 1)
        #expect(next.first?.call.expectedAt == Self.midnight)
    }

    @Test(arguments: StoreUnderTest.shared)
    func twoNodesTogetherBeginNoMore(_ kind: StoreUnderTest) async throws {
        let shelf = try await shelf(kind, calls: 200, perDay: 60)
        let stores = [shelf.store, try shelf.reopened()]
        let begun = try await withThrowingTaskGroup(of: Int.self) { group in
            for store in stores {
                group.addTask {
                    var begun = 0
                    for round in 0..<150 {
                        for dial in try await self.admit(store, 3, at: self.later(round)).admitted.compactMap(\.dial) {
                            begun += 1
                            try await self.send(dial, shelf)
                        }
                    }
                    return begun
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(begun == 60)
        #expect(try await spending(shelf) == Budget.Spending(sent: 60))
    }
}
