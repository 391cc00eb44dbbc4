import CallControl
import CallCore
import Testing

/// Windows of agents and organizations; noon in UTC is the shelf's time.
@Suite struct WiderWindowContract {
    private static let closed = CallWindow(start: 780, end: 840, zone: .utc)
    private static let opening = Shelf.now + .seconds(3600)
    private static let open = CallWindow(start: 0, end: 1440, zone: .utc)
    private static let other = AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440001")

    private func admitted(_ shelf: Shelf, at moment: Moment = Shelf.now) async throws -> [String] {
        try await shelf.admit(at: moment).compactMap(\.dial).map(\.call.id.rawValue)
    }

    private func due(_ shelf: Shelf, _ id: String) async throws -> Moment { try await shelf.record(id).call.dueAt }

    @Test(arguments: StoreUnderTest.allCases)
    func theyComeBack(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        #expect(try await shelf.store.organization(Shelf.acme) == Organization(id: Shelf.acme))
        #expect(try await shelf.store.organization(OrganizationID(rawValue: "none")) == nil)
        let window = CallWindow(
            days: [.monday, .sunday], start: 1320, end: 60, zone: try #require(Zone("Europe/Berlin")))
        try await shelf.setWindow(window, of: .agent(Shelf.agentID))
        try await shelf.setWindow(Self.open, of: .organization(Shelf.acme))
        let agent = try await shelf.store.agent(Shelf.agentID)
        #expect(agent?.callWindow == window && agent?.organizationWindow == Self.open)
        #expect(try await shelf.store.organization(Shelf.acme)?.callWindow == Self.open)
        try await shelf.setWindow(nil, of: .agent(Shelf.agentID))
        let bare = try await shelf.store.agent(Shelf.agentID)
        #expect(bare?.callWindow == nil && bare?.widerWindow?.owner == .organization(Shelf.acme))
    }

    /// Accepted, it waits for the opening, and nobody looks at it before.
    @Test(arguments: StoreUnderTest.allCases)
    func aNewCallWaitsForTheOpening(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.setWindow(Self.closed, of: .organization(Shelf.acme))
        try await shelf.addCall("call_1")
        let record = try await shelf.record("call_1")
        #expect(record.call.dueAt == Self.opening && record.queue?.nextAttemptAt == Self.opening)
        #expect(record.queue?.state == .held)
        #expect(record.queue?.heldBy == [.window(.organization(Shelf.acme))])
        #expect(record.window?.owner == .organization(Shelf.acme))
        #expect(try await shelf.store.nextWakes().call == Self.opening)
        // Many at once wait as well, but not the one that has a window of its own.
        let own = try #require(Self.open)
        try await shelf.store.insert([
            try shelf.newCall("call_2"), try shelf.newCall("call_3", windows: [own]),
        ])
        #expect(try await admitted(shelf) == ["call_3"])
        #expect(try await due(shelf, "call_2") == Self.opening)
        #expect(try await admitted(shelf, at: Self.opening) == ["call_1", "call_2"])
    }

    /// The narrowest one holds, in every verb that asks.
    @Test(arguments: StoreUnderTest.allCases)
    func theAgentsComesBeforeTheOrganizations(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(Self.other)
        try await shelf.setWindow(Self.open, of: .agent(Shelf.agentID))
        try await shelf.setWindow(Self.closed, of: .organization(Shelf.acme))
        try await shelf.addCall("call_1")
        try await shelf.addCall("call_2", agent: Self.other)
        #expect(try await admitted(shelf) == ["call_1"])
        try await shelf.setWindow(Self.closed, of: .agent(Shelf.agentID))
        try await shelf.setWindow(nil, of: .organization(Shelf.acme))
        try await shelf.followWindows()
        try await shelf.addCall("call_3")
        #expect(try await shelf.holds("call_3") == [.window(.agent(Shelf.agentID))])
        #expect(try await admitted(shelf) == ["call_2"])
    }

    /// A window that comes when a call waits holds for it: when it is due, and once more when its dial leaves.
    @Test(arguments: StoreUnderTest.allCases)
    func oneThatIsClosedNowHoldsForWhatWaits(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.placing("call_1")
        try await shelf.addCall("call_2")
        try await shelf.setWindow(Self.closed, of: .agent(Shelf.agentID))
        let sent = try await shelf.store.decide(
            lease.call.id, proving: DialProof(lease), claimingUntil: nil, at: shelf.now
        ) { call, scene in
            call.receiving(
                .sendDial(deadline: Shelf.now + .seconds(34), LiveKitIDs()), about: lease.room, in: scene, at: Shelf.now
            )
        }
        #expect(sent?.verdict == .moved && sent?.call.phase == .waiting)
        #expect(sent?.call.dueAt == Self.opening)
        #expect(try await shelf.holds("call_2") == [.window(.agent(Shelf.agentID))])
        #expect(try await admitted(shelf).isEmpty)
        #expect(try await due(shelf, "call_2") == Self.opening)
        #expect(try await shelf.store.nextWakes().call == Self.opening)
    }

    /// What a window had put off comes sooner when that is changed, in chunks, over a crash, whoever carries it on.
    @Test(arguments: StoreUnderTest.allCases)
    func oneThatIsOpenNowBringsBackWhatItPutOff(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(Self.other)
        try await shelf.setWindow(Self.closed, of: .agent(Shelf.agentID))
        try await shelf.setWindow(Self.closed, of: .agent(Self.other))
        try await shelf.followWindows()
        try await shelf.store.insert(try (0..<600).map { try shelf.newCall("call_\($0)") })
        try await shelf.store.insert([
            try shelf.newCall("call_others", agent: Self.other),
            try shelf.newCall("call_own", windows: [#require(Self.closed)]),
            try shelf.newCall("call_later", scheduled: Self.opening + .seconds(600)),
        ])
        #expect(try await admitted(shelf).isEmpty)
        let later = shelf.now + .seconds(60)
        let half = CallWindow(start: 750, end: 840, zone: .utc)
        try await shelf.setWindow(half, of: .agent(Shelf.agentID))
        let changes = try await shelf.store.openWindowChanges()
        #expect(changes == [WindowChange(organization: Shelf.acme, agent: Shelf.agentID)])
        #expect(try await !shelf.store.advance(#require(changes.first), at: later))
        #expect(try await due(shelf, "call_0") == shelf.now + .seconds(1800))
        #expect(try await due(shelf, "call_599") == Self.opening)
        // It is changed once more while that is under way, by somebody else.
        let next = try shelf.reopened()
        try await shelf.setWindow(nil, of: .agent(Shelf.agentID))
        var chunks = 0
        while let change = try await next.openWindowChanges().first {
            _ = try await next.advance(change, at: later)
            chunks += 1
        }
        #expect(chunks == 3)
        for id in ["call_0", "call_300", "call_599"] { #expect(try await due(shelf, id) == later, "\(id)") }
        #expect(try await due(shelf, "call_others") == Self.opening)
        #expect(try await due(shelf, "call_own") == Self.opening)
        #expect(try await due(shelf, "call_later") == Self.opening + .seconds(600))
        #expect(try await shelf.store.nextWakes().call == later)
        #expect(try await admitted(shelf, at: later).count == 10)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anOrganizationsBringsBackWhatNoNarrowerOneKeeps(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(Self.other)
        try await shelf.setWindow(Self.closed, of: .organization(Shelf.acme))
        try await shelf.setWindow(Self.closed, of: .agent(Self.other))
        try await shelf.addCall("call_1")
        try await shelf.addCall("call_2", agent: Self.other)
        try await shelf.setWindow(nil, of: .organization(Shelf.acme))
        #expect(try await shelf.followWindows() == 2)
        #expect(try await admitted(shelf) == ["call_1"])
        #expect(try await due(shelf, "call_2") == Self.opening)
    }

    /// A retry, whose time is the plan's, is looked at when it is due.
    @Test(arguments: StoreUnderTest.allCases)
    func aRetryMovesIntoTheWindow(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.dialled("call_1", retries: RetryPlan(maxRetries: 1, times: .after([.seconds(60)])))
        try await shelf.receive(.failed(.answered(sip: 486)), by: lease.call.id, about: lease.room)
        try await shelf.setWindow(Self.closed, of: .agent(Shelf.agentID))
        let record = try await shelf.record("call_1")
        #expect(record.queue?.state == .retrying && record.queue?.nextAttemptAt == Self.opening)
        for termination in try await shelf.store.leaseTerminations(9, at: shelf.now, until: shelf.now + .seconds(8)) {
            _ = try await shelf.store.settle(.verified, of: termination, at: shelf.now)
        }
        try await shelf.followWindows()
        #expect(try await admitted(shelf, at: shelf.now + .seconds(60)).isEmpty)
        #expect(try await due(shelf, "call_1") == Self.opening)
        #expect(try await admitted(shelf, at: Self.opening) == ["call_1"])
    }

    /// What lateness counts from stays while a phone is waited for, over a reading and a writing.
    @Test(arguments: StoreUnderTest.allCases)
    func whatWaitsForItsPhoneKeepsItsTime(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.dialled("call_1", retries: RetryPlan(maxRetries: 1, times: .after([.seconds(60)])))
        try await shelf.receive(.failed(.answered(sip: 486)), by: lease.call.id, about: lease.room)
        let due = shelf.now + .seconds(60)
        #expect(try await admitted(shelf, at: due).isEmpty)
        #expect(try await admitted(shelf, at: due + .seconds(10)).isEmpty)
        let call = try await shelf.record("call_1").call
        #expect(call.dueAt == due + .seconds(20) && call.expectedAt == due)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aChangeIsAnEntryOfTheAuditLogAndIsMadeOnce(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let before = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 9).count
        let caller = OnceContract.caller(word: "window")
        try await shelf.setWindow(Self.closed, of: .organization(Shelf.acme), for: caller)
        do {
            try await shelf.setWindow(nil, of: .organization(Shelf.acme), for: caller)
            Issue.record("it was made twice")
        } catch StoreFailure.repeated {}
        try await shelf.setWindow(Self.closed, of: .organization(Shelf.acme))
        try await shelf.setWindow(Self.closed, of: .agent(Shelf.agentID))
        let entries = try await shelf.store.auditEntries(of: Shelf.acme, after: Int64(before), limit: 9)
        #expect(entries.map(\.action) == ["organization.update", "agent.update"])
        #expect(entries.first?.before == #"{"callWindow":null}"#)
        #expect(
            entries.first?.after
                == #"{"callWindow":"monday,tuesday,wednesday,thursday,friday,saturday,sunday 13:00-14:00 UTC"}"#)
        #expect(entries.last?.detail == #"{"changed":["callWindow"]}"#)
    }
}

extension Shelf {
    /// Of an agent or an organization.
    func setWindow(_ window: CallWindow?, of owner: WindowOwner, for other: Caller? = nil) async throws {
        let caller = other ?? self.caller
        switch owner {
        case .agent(let id):
            _ = try await store.update(id, for: caller, at: now) { agent in
                var agent = agent
                agent.callWindow = window
                return agent
            }
        case .organization(let id):
            _ = try await store.update(id, for: caller, at: now) { organization in
                var organization = organization
                organization.callWindow = window
                return organization
            }
        case .call: Issue.record("a call's window is its own")
        }
    }

    /// Looks at all calls whose window was changed; how many transactions that took.
    @discardableResult
    func followWindows(at moment: Moment = now) async throws -> Int {
        var chunks = 0
        while let change = try await store.openWindowChanges().first {
            _ = try await store.advance(change, at: moment)
            chunks += 1
        }
        return chunks
    }

    func newCall(
        _ id: String, agent: AgentID = agentID, scheduled: Moment? = nil, windows: [CallWindow] = []
    ) throws -> Call {
        Call(
            id: CallID(rawValue: id), organization: Self.acme, agent: agent,
            contact: Contact(phone: try #require(PhoneNumber("+15005550001"))), scheduledAt: scheduled,
            dueAt: scheduled ?? now, createdAt: now, windows: windows)
    }
}
