import CallControl
import CallCore
import Testing

/// How many nodes share a store: those that have said so and whose time is not over.
@Suite(.serialized) struct NodeContract {
    @Test("A node is counted until its time is over, or it leaves", arguments: StoreUnderTest.allCases)
    func counting(_ store: StoreUnderTest) async throws {
        let shelf = try store.make()
        let now = Shelf.now
        func announce(_ node: String, at moment: Moment, for time: Duration = .seconds(8)) async throws -> Int {
            try await shelf.store.announce(node, at: moment, until: moment + time).nodes
        }
        var counts: [Int] = []
        counts.append(try await announce("one", at: now))
        counts.append(try await announce("two", at: now + .seconds(1)))
        // Again is not once more.
        counts.append(try await announce("two", at: now + .seconds(3)))
        counts.append(try await announce("two", at: now + .milliseconds(7999)))
        counts.append(try await announce("two", at: now + .seconds(8)))
        counts.append(try await announce("three", at: now + .seconds(9)))
        counts.append(try await announce("two", at: now + .seconds(9), for: .zero))
        counts.append(try await announce("three", at: now + .seconds(10)))
        // Who was thought dead comes back.
        counts.append(try await announce("one", at: now + .seconds(11)))
        #expect(counts == (shelf.store.isShared ? [1, 2, 2, 2, 1, 2, 1, 1, 2] : Array(repeating: 1, count: 9)))
    }

    @Test(
        "Nodes that announce themselves at the same time do not hinder each other", arguments: StoreUnderTest.allCases)
    func together(_ store: StoreUnderTest) async throws {
        let shelf = try store.make()
        let others = try shelf.reopened()
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for round in 0..<20 {
                for node in 0..<10 {
                    let store = node % 2 == 0 ? shelf.store : others
                    // Every node finds the others' time over in every round.
                    let now = Shelf.now + .seconds(round * 10)
                    group.addTask { try await store.announce("node \(node)", at: now, until: now + .seconds(8)).nodes }
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(counts.count == 200)
        #expect(counts.allSatisfy { (1...10).contains($0) })
    }

    private func joining(
        _ node: String, _ address: String, reachable: Bool = true, adopts: Bool = false, at now: Moment = Shelf.now
    ) -> Joining {
        Joining(node, livekitAddress: address, othersReachIt: reachable, adopts: adopts, until: now + .seconds(8))
    }

    @Test("Nodes that serve together have the same phones", arguments: StoreUnderTest.shared)
    func onePhoneNetwork(_ kind: StoreUnderTest) async throws {
        let store = try kind.make().store
        let now = Shelf.now
        func join(_ joining: Joining, at moment: Moment = now) async throws -> Joined {
            try await store.join(joining, at: moment)
        }
        #expect(try await join(joining("one", "a")) == .served(Roll(nodes: 1, livekitAddress: "a")))
        #expect(try await join(joining("two", "a")) == .served(Roll(nodes: 2, livekitAddress: "a")))
        #expect(try await join(joining("three", "b")) == .othersAreAt("a"))
        #expect(try await join(joining("three", "b", adopts: true)) == .othersAreAt("a"))
        // Phones inside of a process are nobody else's, whatever they are called.
        #expect(try await join(joining("three", "a", reachable: false)) == .othersAreAt("a"))
        // It has not been counted for having asked.
        #expect(
            try await store.announce("one", at: now, until: now + .seconds(8)) == Roll(nodes: 2, livekitAddress: "a"))
        let later = now + .seconds(8)
        #expect(
            try await join(joining("three", "b", reachable: false, at: later), at: later)
                == .served(Roll(nodes: 1, livekitAddress: "b")))
        // Who was stopped meanwhile hears of it.
        #expect(
            try await store.announce("one", at: later, until: later + .seconds(8))
                == Roll(nodes: 2, livekitAddress: "b"))
        #expect(
            try await join(joining("four", "b", at: later), at: later) == .served(Roll(nodes: 3, livekitAddress: "b")))
    }

    @Test("Of two that begin with different phones at the same time, one serves", arguments: StoreUnderTest.shared)
    func oneOfTwo(_ kind: StoreUnderTest) async throws {
        for round in 0..<20 {
            let shelf = try kind.make()
            let others = try shelf.reopened()
            async let first = shelf.store.join(joining("one", "a"), at: Shelf.now)
            async let second = others.join(joining("two", "b"), at: Shelf.now)
            let joined = [try await first, try await second]
            let served = joined.count { if case .served = $0 { true } else { false } }
            #expect(served == 1, "round \(round): \(joined)")
        }
    }

    @Test("Open calls keep a node from other phones, until it adopts them", arguments: StoreUnderTest.allCases)
    func openWork(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        #expect(
            try await shelf.store.join(joining("one", "a"), at: Shelf.now)
                == .served(Roll(nodes: 1, livekitAddress: "a")))
        _ = try await shelf.dialled("call_1")
        let later = Shelf.now + .seconds(60)
        let (stays, goes) = (joining("two", "b", at: later), joining("two", "b", adopts: true, at: later))
        #expect(try await shelf.store.join(stays, at: later) == .openWork(1, at: "a"))
        #expect(try await shelf.store.installation().livekitAddress == "a")
        #expect(try await shelf.store.join(joining("two", "a", at: later), at: later) != .openWork(1, at: "a"))
        #expect(
            try await shelf.store.join(goes, at: later) == .served(Roll(nodes: 1, livekitAddress: "b")))
    }
}
