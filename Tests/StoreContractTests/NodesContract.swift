import CallControl
import CallCore
import Testing

/// What a store promises whose dispatchers are many.
@Suite struct NodesContract {
    private static let limits = DialLimits(maxLive: 30, dialsPerSecond: 10)

    /// Two nodes on one store, with calls that are due.
    private func nodes(_ kind: StoreUnderTest, calls: Int) async throws -> [Shelf] {
        let first = try kind.make()
        try await first.addAgent()
        for number in 0..<calls { try await first.addCall("call_\(number)") }
        return [first, Shelf(store: try first.reopened(), reopened: nil)]
    }

    @Test(arguments: StoreUnderTest.shared)
    func noSecondBeginsMoreCallsThanMayOverAllNodes(_ kind: StoreUnderTest) async throws {
        let nodes = try await nodes(kind, calls: 60)
        var admitted: [(at: Moment, call: CallID)] = []
        for tick in 0..<40 {
            let now = Shelf.now + .milliseconds(Int64(tick) * 100)
            let ids = try await withThrowingTaskGroup(of: [CallID].self) { group in
                for node in nodes {
                    group.addTask { try await node.admit(7, under: Self.limits, at: now).map(\.call.id) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            admitted += ids.map { (now, $0) }
        }
        #expect(Set(admitted.map(\.call)).count == admitted.count)
        // Ten a second, and thirty at a time.
        #expect(admitted.count == 30)
        for one in admitted {
            #expect(admitted.count { $0.at >= one.at && $0.at.since(one.at) < .seconds(1) } <= 10)
        }
    }

    @Test(arguments: StoreUnderTest.shared)
    func aCallIsAdmittedByOneNodeOnly(_ kind: StoreUnderTest) async throws {
        let nodes = try await nodes(kind, calls: 200)
        let admitted = try await withThrowingTaskGroup(of: [CallID].self) { group in
            for number in 0..<40 { group.addTask { try await nodes[number % 2].admit(9).map(\.call.id) } }
            // Who came while the other was at it may have been told none.
            return try await group.reduce(into: []) { $0 += $1 } + nodes[1].admit(200).map(\.call.id)
        }
        #expect(admitted.count == 200)
        #expect(Set(admitted).count == 200)
    }

    @Test(arguments: StoreUnderTest.shared)
    func aDutyIsOneNodesUntilItIsSilent(_ kind: StoreUnderTest) async throws {
        let nodes = try await nodes(kind, calls: 0)
        func take(_ node: Int, after seconds: Int64) async throws -> Bool {
            let now = Shelf.now + .seconds(seconds)
            return try await nodes[node].store.take(.comparison, by: "node \(node)", at: now, until: now + .seconds(6))
        }
        let taken = [
            try await take(0, after: 0), try await take(1, after: 2), try await take(0, after: 4),
            try await take(1, after: 9), try await take(1, after: 10), try await take(0, after: 11),
        ]
        // From the last time that the first one said so, six seconds.
        #expect(taken == [true, false, true, false, true, false])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func whoIsAloneHasEveryDuty(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        #expect(shelf.store.isShared == StoreUnderTest.shared.contains(kind))
        let now = Shelf.now
        #expect(try await shelf.store.take(.comparison, by: "n", at: now, until: now + .seconds(6)))
    }
}
