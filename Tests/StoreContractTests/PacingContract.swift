import CallControl
import CallCore
import Testing

/// Limits and turns at admission, as every store keeps them.
@Suite struct PacingContract {
    private static let slow = AgentID(rawValue: "00000000-0000-4000-8000-0000000000a1")
    private static let other = OrganizationID(rawValue: "other")

    private func addAgent(
        _ shelf: Shelf, _ id: AgentID = slow, of organization: OrganizationID = Shelf.acme, rate: Double? = nil,
        live: Int? = nil
    ) async throws {
        let agent = Agent(
            id: id, organization: organization, name: "slow", trunkID: "ST_slow", maxConcurrentCalls: live,
            callsPerSecond: rate, createdAt: Shelf.now)
        try await shelf.store.insert(agent, for: .commandLine(for: organization))
    }

    private func terms(_ atMost: Int = 100, _ change: (inout DialLimits) -> Void = { _ in }) -> AdmissionTerms {
        var limits = DialLimits(maxLive: 1000, dialsPerSecond: 10_000_000)
        change(&limits)
        return AdmissionTerms(limits: limits, atMost: atMost)
    }

    private func admit(_ shelf: Shelf, _ terms: AdmissionTerms, at now: Moment = Shelf.now) async throws -> Admissions {
        try await shelf.store.admitDue(terms, at: now, claimingUntil: now + .seconds(8)) { call, scene in
            let room = RoomName(installation: "t", call: call.id, attempt: call.pastAttempts.count + 1)
            return call.receiving(.lineFree(room), in: scene, at: now)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anAgentsLimitsAreReadAsTheyWereWritten(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await addAgent(shelf, rate: 0.125, live: 77)
        let agent = try #require(try await shelf.store.agent(Self.slow))
        #expect(agent.callsPerSecond == 0.125)
        #expect(agent.maxConcurrentCalls == 77)
    }

    /// Not whichever queue of its a store came upon while the gate was shut.
    @Test(arguments: StoreUnderTest.allCases)
    func behindAGateThatWasShutTheMostUrgentGoesFirstWhenItOpens(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await addAgent(shelf, live: 1)
        let live = try await shelf.addCall("call_live", agent: Self.slow)
        let dial = try #require(try await admit(shelf, terms()).admitted.first?.dial)
        for (priority, batch) in [(9, nil), (3, "batch_b"), (6, "batch_a"), (3, "batch_a"), (0, "batch_c")] {
            let name = "\(priority)_\(batch ?? "")"
            try await shelf.addCall("call_slow_\(name)", priority: priority, agent: Self.slow, batch: batch)
            try await shelf.addCall("call_\(name)", priority: priority, batch: batch)
        }
        let first = try await admit(shelf, terms()).admitted.map(\.call)
        #expect(first.allSatisfy { $0.agent == Shelf.agentID })
        #expect(first.map(\.priority).sorted() == [0, 3, 3, 6, 9])
        try await shelf.receive(.failed(.internal), by: live, about: dial.room)
        #expect(try await admit(shelf, terms()).admitted.map(\.call.id.rawValue) == ["call_slow_0_batch_c"])
        #expect(try await admit(shelf, terms()).admitted.isEmpty)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func whatAnAgentMayHaveLiveIsKeptAndOthersGoOn(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await addAgent(shelf, live: 2)
        for number in 0..<5 { try await shelf.addCall("call_slow_\(number)", agent: Self.slow) }
        for number in 0..<5 { try await shelf.addCall("call_\(number)") }
        let first = try await admit(shelf, terms())
        #expect(first.admitted.count == 7)
        #expect(first.admitted.count { $0.call.agent == Self.slow } == 2)
        #expect(first.again == nil)
        #expect(try await admit(shelf, terms()).admitted.isEmpty)
        let load = try await shelf.store.load(of: Self.slow, under: terms().limits, at: Shelf.now)
        #expect(load.map(\.gate) == [.server, .agent(Self.slow)])
        #expect(load.map(\.live) == [7, 2])
        #expect(load.map(\.isFull) == [false, true])
        // One of them ends.
        let over = try #require(first.admitted.first { $0.call.agent == Self.slow })
        try await shelf.receive(.failed(.internal), by: over.call.id, about: over.dial?.room)
        #expect(try await admit(shelf, terms()).admitted.map(\.call.agent) == [Self.slow])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aRateIsKeptOverARestart(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await addAgent(shelf, rate: 2)
        for number in 0..<9 { try await shelf.addCall("call_\(number)", agent: Self.slow) }
        let first = try await admit(shelf, terms())
        #expect(first.admitted.count == 1)
        let again = try #require(first.again)
        #expect(again > Shelf.now && again <= Shelf.now + .milliseconds(502))
        let reopened = Shelf(store: try shelf.reopened(), reopened: nil)
        #expect(try await admit(reopened, terms(), at: again - .milliseconds(1)).admitted.isEmpty)
        #expect(try await admit(reopened, terms(), at: again).admitted.count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func oneOrganizationsQueueDoesNotKeepAnotherWaiting(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await addAgent(shelf, of: Self.other)
        for number in 0..<40 {
            try await shelf.addCall("call_\(number)", due: Shelf.now - .seconds(60), batch: "batch_1")
        }
        try await shelf.addCall("call_alone", agent: Self.slow, organization: Self.other)
        var turn = terms(1)
        var served: [OrganizationID] = []
        for _ in 0..<3 {
            let admissions = try await admit(shelf, turn)
            turn.rotation = admissions.rotation
            served += admissions.admitted.map(\.call.organization)
        }
        #expect(served.count == 3)
        #expect(served.prefix(2).contains(Self.other))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aTrunkAndAnOrganizationHaveLimitsToo(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await addAgent(shelf, of: Self.other)
        for number in 0..<6 { try await shelf.addCall("call_\(number)") }
        for number in 0..<6 {
            try await shelf.addCall("call_other_\(number)", agent: Self.slow, organization: Self.other)
        }
        let terms = terms {
            $0.organizations = [Shelf.acme: GateLimit(maxLive: 3)]
            $0.trunks = ["ST_slow": GateLimit(maxLive: 2)]
        }
        let admitted = try await admit(shelf, terms).admitted
        #expect(admitted.count { $0.call.organization == Shelf.acme } == 3)
        #expect(admitted.count { $0.call.organization == Self.other } == 2)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theNextLookIsWhenTheNextCallIsDue(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1", due: Shelf.now + .seconds(7), batch: "batch_1")
        try await shelf.addCall("call_2", due: Shelf.now + .seconds(5), priority: 9)
        let admissions = try await admit(shelf, terms())
        #expect(admissions.admitted.isEmpty)
        #expect(admissions.again == Shelf.now + .seconds(5))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func noWindowOfAGateSeesMoreStartsThanItMay(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let server = RatedGate(gate: .server, rate: StartRate(perSecond: 10))
        let agent = RatedGate(gate: .agent(Self.slow), rate: StartRate(perSecond: 2))
        var starts: [Moment] = []
        for tick in 0..<400 {
            let now = Shelf.now + .milliseconds(Int64(tick) * 5)
            // Every fourth is one of the agent's, most of which must wait: they take no place of the others.
            let gates = tick.isMultiple(of: 4) ? [server, agent] : [server]
            if case .at(let place) = try await shelf.store.takePlace(gates, at: now) {
                #expect(place >= now && place <= now + .milliseconds(900))
                starts.append(place)
            }
        }
        for start in starts { #expect(starts.count { $0 >= start && $0.since(start) < .seconds(1) } <= 10) }
        // The third window opens within the 900 ms that a place is taken ahead.
        #expect(starts.count == 30)
        let last = Shelf.now + .milliseconds(399 * 5)
        guard case .none(let until) = try await shelf.store.takePlace([server], at: last) else {
            Issue.record("an eleventh place")
            return
        }
        #expect(until > last && until <= last + .milliseconds(1004))
        let late = until + .seconds(2)
        #expect(try await shelf.store.takePlace([server, agent], at: late) == .at(late))
    }

    /// A dial that left later than its place said is followed by the next one a window later than that.
    @Test(arguments: StoreUnderTest.allCases)
    func whoWasLateIsCountedWhereHeLeft(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let gates = [RatedGate(gate: .trunk("ST_1"), rate: StartRate(perSecond: 1))]
        let now = Shelf.now
        #expect(try await shelf.store.takePlace(gates, at: now) == .at(now))
        try await shelf.store.movePlace(gates, from: now, to: now + .milliseconds(40))
        let next = try await shelf.store.takePlace(gates, at: now + .milliseconds(1020))
        #expect(next == .none(until: now + .milliseconds(1029)))
        let place = try await shelf.store.takePlace(gates, at: now + .milliseconds(1029))
        #expect(place == .at(now + .milliseconds(1044)))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aClockThatIsSetBackStopsNobody(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let gates = [RatedGate(gate: .server, rate: StartRate(perSecond: 1))]
        _ = try await shelf.store.takePlace(gates, at: Shelf.now + .seconds(3600))
        #expect(try await shelf.store.takePlace(gates, at: Shelf.now) == .at(Shelf.now))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func manyAtOnceTakeNoPlaceTwice(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        var nodes = [shelf]
        if StoreUnderTest.shared.contains(kind) {
            for _ in 0..<3 { nodes.append(Shelf(store: try shelf.reopened(), reopened: nil)) }
        }
        let gate = RatedGate(gate: .trunk("ST_1"), rate: StartRate(perSecond: 7))
        let doors = nodes
        let passed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<80 {
                group.addTask {
                    let store = doors[number % doors.count].store
                    return try await store.takePlace([gate], at: Shelf.now) == .at(Shelf.now)
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(passed == 7)
    }
}
