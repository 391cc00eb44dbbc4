import CallControl
import CallCore
import Testing

@Suite struct AmendContract {
    private func amend(
        _ shelf: Shelf, _ id: String = "call_1", at moment: Moment = Shelf.now, _ change: (inout Amendment) -> Void
    ) async throws -> Result<CallRecord, Refusal>? {
        var amendment = Amendment(organization: Shelf.acme)
        change(&amendment)
        return try await shelf.store.amend(CallID(rawValue: id), for: shelf.caller, at: moment) { [amendment] call in
            Result { () throws(Refusal) in try call.amended(by: amendment, at: moment) }
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aWaitingCallGoesByItsNewTimeAndPriority(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for id in ["call_1", "call_2", "call_3"] { try await shelf.addCall(id) }
        let later = shelf.now + .seconds(3600)
        let moved = try await amend(shelf, "call_1") { $0.scheduledAt = later }
        #expect(try moved?.get().call.dueAt == later && moved?.get().queue?.state == .scheduled)
        _ = try await amend(shelf, "call_3") {
            $0.priority = 0
            $0.metadata = #"{"a":1}"#
        }
        let record = try await shelf.record("call_3")
        #expect(record.call.priority == 0 && record.call.metadata == #"{"a":1}"# && record.call.scheduledAt == nil)
        #expect(record.queue?.position == 1)
        #expect(try await shelf.admit().compactMap(\.dial).map(\.call.id.rawValue) == ["call_3", "call_2"])
        #expect(try await shelf.store.nextWakes().call == later)
        var query = CallQuery(organization: Shelf.acme)
        query.sort = .scheduledAt
        #expect(try await shelf.store.calls(query, at: shelf.now).calls.first?.id.rawValue == "call_1")
    }

    @Test(arguments: StoreUnderTest.allCases)
    func whatIsUnderWayOrSomebodyElsesIsNotChanged(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        _ = try await shelf.dialled("call_1")
        #expect(try await amend(shelf) { $0.priority = 1 } == .failure(.alreadyOver(.connecting)))
        #expect(try await amend(shelf, "call_0") { $0.priority = 1 } == nil)
        try await shelf.addCall("call_2")
        let stranger = Amendment(organization: OrganizationID(rawValue: "other"))
        let refused = try await shelf.store.amend(CallID(rawValue: "call_2"), for: shelf.caller, at: shelf.now) {
            call in
            Result { () throws(Refusal) in try call.amended(by: stranger, at: Shelf.now) }
        }
        #expect(refused == .failure(.belongsToAnotherOrganization))
        #expect(try await shelf.record("call_1").call.priority == 5)
        #expect(try await shelf.record("call_2").call.priority == 5)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aChangeIsAnEntryOfTheAuditLogAndNoneIsNot(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1")
        let before = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 9).count
        _ = try await amend(shelf) { $0.priority = 5 }
        _ = try await amend(shelf) { $0.priority = 7 }
        let entries = try await shelf.store.auditEntries(of: Shelf.acme, after: Int64(before), limit: 9)
        #expect(entries.map(\.action) == ["call.update"])
        #expect(entries.first?.before == #"{"priority":"5"}"# && entries.first?.after == #"{"priority":"7"}"#)
    }

    /// A time that an agent, a stop or a window does not allow is none: what held the call holds it at the new one.
    @Test(arguments: StoreUnderTest.allCases)
    func whatHeldItHoldsIt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent(status: .inactive)
        let window = try #require(CallWindow(start: 1000, end: 1010, zone: .utc))
        try await shelf.addCall("call_1", windows: [window])
        let moved = try await amend(shelf) { $0.scheduledAt = Shelf.now + .seconds(60) }
        #expect(try moved?.get().call.dueAt == shelf.now + .seconds(280 * 60))
        #expect(try await shelf.admit(at: shelf.now + .seconds(281 * 60)).isEmpty)
        #expect(try await shelf.holds("call_1").first == .inactiveAgent(Shelf.agentID))
    }
}
