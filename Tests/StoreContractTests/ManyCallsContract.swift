import CallControl
import CallCore
import Testing

/// Calls that are scheduled many at once are what they would be one by one.
@Suite struct ManyCallsContract {
    private func call(
        _ id: String, agent: AgentID = Shelf.agentID, number: String = "+15005550001", name: String? = nil,
        batch: String? = nil, metadata: String? = nil, scheduled: Moment? = nil
    ) throws -> Call {
        Call(
            id: CallID(rawValue: id), organization: Shelf.acme, agent: agent, batch: batch.map(BatchID.init(rawValue:)),
            contact: Contact(phone: try #require(PhoneNumber(number)), name: name),
            callerID: PhoneNumber("+15005550100"), priority: 3, scheduledAt: scheduled,
            dueAt: scheduled ?? Shelf.now, createdAt: Shelf.now, metadata: metadata)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theyAreStoredAsSingleOnesAre(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let calls = [
            try call("call_0", name: #"Zoë "\ {,} NULL \u{1F4DE}"#, metadata: #"{"a":"b\\c"}"#),
            try call("call_1", name: "NULL", batch: "batch_1", scheduled: shelf.now + .seconds(60)),
            try call("call_2", name: ""),
        ]
        try await shelf.store.insert(calls)
        for call in calls {
            let record = try #require(try await shelf.store.call(call.id, at: shelf.now))
            #expect(record.call == call)
            #expect(record.queue?.heldBy == [])
            let events = try await shelf.store.events(of: call.id, after: 0, limit: 10)
            #expect(events.map(\.sequence) == [1] && events.map(\.notice) == [.created])
            #expect(events.map(\.at) == [call.createdAt])
        }
        #expect(try await shelf.admit().map(\.call.id) == ["call_0", "call_2"].map(CallID.init(rawValue:)))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func eachIsHeldByItsAgentAndByStops(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let absent = AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440001")
        try await shelf.addAgent(absent, status: .inactive)
        try await shelf.stop("stop_1", .phone(try #require(PhoneNumber("+15005550002"))))
        try await shelf.stop("stop_2", .batch(BatchID(rawValue: "batch_1")))
        try await shelf.store.insert([
            try call("call_0"), try call("call_1", agent: absent), try call("call_2", number: "+15005550002"),
            try call("call_3", batch: "batch_1"), try call("call_4", batch: "batch_2"),
        ])
        #expect(try await shelf.admit().map(\.call.id) == ["call_0", "call_4"].map(CallID.init(rawValue:)))
        let holds: [String: [Hold]] = [
            "call_1": [.inactiveAgent(absent)], "call_2": [.stop(StopID(rawValue: "stop_1"))],
            "call_3": [.stop(StopID(rawValue: "stop_2"))],
        ]
        for (id, hold) in holds {
            let record = try await shelf.store.call(CallID(rawValue: id), at: shelf.now)
            #expect(record?.queue?.heldBy == hold)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func oneThatIsThereAlreadyKeepsAllOut(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1", due: shelf.now + .seconds(60))
        await #expect {
            try await shelf.store.insert([try call("call_0"), try call("call_1"), try call("call_2")])
        } throws: { error in
            guard case .conflict = error as? StoreFailure else { return false }
            return true
        }
        for id in ["call_0", "call_2"] {
            let record = try await shelf.store.call(CallID(rawValue: id), at: shelf.now)
            #expect(record == nil)
        }
        #expect(try await shelf.admit().isEmpty)
    }

    /// However many of them a store writes at once, and whatever most have in common.
    @Test(arguments: StoreUnderTest.allCases, [nil, 0, 1, 19, 215, 243])
    func whatOneHasForItselfIsNotTheOthers(_ kind: StoreUnderTest, _ odd: Int?) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let absent = AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440001")
        try await shelf.addAgent(absent, status: .inactive)
        let calls = try (0..<244).map { number in
            let id = "call_\(number)"
            return number == odd
                ? try call(id, agent: absent, number: "+15005550002", name: "Zoë", batch: "batch_9")
                : try call(id, name: "Contact \(number)", batch: "batch_1", metadata: #"{"row":\#(number)}"#)
        }
        try await shelf.store.insert(calls)
        for call in calls {
            let record = try await shelf.store.call(call.id, at: shelf.now)
            #expect(record?.call == call)
            let holds: [Hold] = call.agent == absent ? [.inactiveAgent(absent)] : []
            #expect(record?.queue?.heldBy == holds)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aThousandAreOneChangeAndNoneIsNone(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.store.insert([])
        try await shelf.store.insert(try (0..<1000).map { try call("call_\($0)") })
        var query = CallQuery(organization: Shelf.acme)
        query.limit = 100
        let page = try await shelf.store.calls(query, at: shelf.now)
        #expect(page.total == 1000)
    }
}
