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
            try await shelf.store.announce(node, at: moment, until: moment + time)
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
                    group.addTask { try await store.announce("node \(node)", at: now, until: now + .seconds(8)) }
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(counts.count == 200)
        #expect(counts.allSatisfy { (1...10).contains($0) })
    }
}
