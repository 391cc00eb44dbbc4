import CallControl
import CallCore
import Testing

@Suite struct ListContract {
    @Test(arguments: StoreUnderTest.allCases)
    func pagesByCursorHaveNoGapAndNoRepeat(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        // Many share a millisecond: the key decides between them.
        for number in 0..<97 {
            try await shelf.addCall("call_\(number)", created: shelf.now + .milliseconds(Int64(number / 10)))
        }
        for order in CallQuery.Order.allCases {
            var query = CallQuery(organization: Shelf.acme)
            query.limit = 10
            query.order = order
            var seen: [String] = []
            repeat {
                let page = try await shelf.store.calls(query, at: shelf.now)
                #expect(page.total == 97)
                seen += page.calls.map(\.id.rawValue)
                query.after = page.next
            } while query.after != nil
            let expected = (0..<97).map { "call_\($0)" }
            #expect(seen == (order == .ascending ? expected : expected.reversed()))
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func filtersCombine(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let other = AgentID(rawValue: "650e8400-e29b-41d4-a716-446655440000")
        try await shelf.addAgent(other)
        for number in 0..<6 {
            try await shelf.addCall(
                "call_\(number)", agent: number % 2 == 0 ? Shelf.agentID : other,
                created: shelf.now + .seconds(number))
        }
        try await shelf.receive(.cancel(shelf.cancellation()), by: CallID(rawValue: "call_2"))
        func ids(_ change: (inout CallQuery) -> Void) async throws -> [String] {
            var query = CallQuery(organization: Shelf.acme)
            query.order = .ascending
            change(&query)
            return try await shelf.store.calls(query, at: shelf.now).calls.map(\.id.rawValue)
        }
        #expect(try await ids { $0.agent = Shelf.agentID } == ["call_0", "call_2", "call_4"])
        #expect(try await ids { $0.statuses = [.cancelled] } == ["call_2"])
        #expect(
            try await ids {
                $0.agent = Shelf.agentID; $0.statuses = [.initiated]
            } == ["call_0", "call_4"])
        #expect(try await ids { $0.statuses = [.initiated, .cancelled] }.count == 6)
        #expect(try await ids { $0.from = shelf.now + .seconds(4) } == ["call_4", "call_5"])
        #expect(try await ids { $0.to = shelf.now + .seconds(1) } == ["call_0", "call_1"])
        #expect(try await ids { $0.offset = 4 } == ["call_4", "call_5"])
        #expect(try await ids { $0.prefix = "zo" }.count == 6)
        #expect(try await ids { $0.prefix = "ZOë" }.count == 6)
        // Other letters than A to Z are what they are, on every store.
        #expect(try await ids { $0.prefix = "ZOË" }.isEmpty)
        #expect(try await ids { $0.prefix = "%" }.isEmpty)
        #expect(try await ids { $0.phone = PhoneNumber("+15005550001") }.count == 6)
        #expect(try await ids { $0.phone = PhoneNumber("+15005550002") }.isEmpty)
        #expect(
            try await ids {
                $0.sort = .scheduledAt; $0.statuses = [.cancelled]
            } == ["call_2"])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func anotherOrganizationSeesNothing(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1")
        let page = try await shelf.store.calls(
            CallQuery(organization: OrganizationID(rawValue: "other")), at: shelf.now)
        #expect(page.calls.isEmpty)
        #expect(page.total == 0)
        #expect(try await shelf.store.agents(of: OrganizationID(rawValue: "other"), limit: 10, offset: 0).total == 0)
    }
}

@Suite struct KeyContract {
    @Test(arguments: StoreUnderTest.allCases)
    func aKeyIsFoundByItsDigestUntilItIsForgottenByNobody(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let digest = [UInt8](repeating: 7, count: 32)
        let key = APIKey(
            id: KeyID(rawValue: "key_1"), organization: Shelf.acme, name: "ops", role: .operator, createdAt: shelf.now,
            expiresAt: shelf.now + .seconds(60))
        try await shelf.store.insert(key, digest: digest, for: .commandLine(for: key.organization))
        #expect(try await shelf.store.key(digest: digest) == key)
        #expect(try await shelf.store.key(digest: [UInt8](repeating: 8, count: 32)) == nil)
        let revoked = try #require(
            try await shelf.store.revoke(key.id, for: .commandLine(for: key.organization), at: shelf.now + .seconds(1)))
        #expect(revoked.isValid(at: shelf.now + .seconds(2)) == false)
        #expect(
            try await shelf.store.revoke(key.id, for: .commandLine(for: key.organization), at: shelf.now + .seconds(5))?
                .revokedAt == revoked.revokedAt)
        #expect(try await shelf.store.keys(of: Shelf.acme).map(\.id) == [key.id])
        #expect(
            try await shelf.store.revoke(
                KeyID(rawValue: "key_2"), for: .commandLine(for: key.organization), at: shelf.now) == nil)
    }
}
