import CallControl
import CallCore
import Testing

@Suite struct EventsContract {
    @Test(arguments: StoreUnderTest.allCases)
    func aCallsHistoryCountsWithoutGapsWhateverHappens(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let (dial, termination) = try await shelf.cancelled("call_1")
        let id = dial.call.id
        let late = shelf.now + Termination.stuckAfter
        _ = try await shelf.store.settle(.again(at: late, error: "503"), of: termination, at: late)
        let again = try #require(
            try await shelf.store.leaseTerminations(10, at: late, until: late + .seconds(8)).first)
        // A second cancel, a late ring, a dial that returns after all: nothing of it is news.
        _ = try await shelf.cancel(id, for: .commandLine(for: Shelf.acme))
        #expect(try await shelf.store.settle(.verified, of: again, at: late + .seconds(1)))
        let events = try await shelf.store.events(of: id, after: 0, limit: 100)
        #expect(
            events.map(\.notice) == [.created, .connecting, .cancelled, .terminationStuck, .terminationVerified])
        #expect(events.map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(events.map(\.at) == [shelf.now, shelf.now, shelf.now, late, late + .seconds(1)])
        #expect(try await shelf.store.events(of: id, after: 2, limit: 2) == Array(events[2...3]))
        #expect(try await shelf.store.events(of: id, after: 5, limit: 10).isEmpty)
        #expect(try await shelf.store.events(of: CallID(rawValue: "call_none"), after: 0, limit: 10).isEmpty)
    }

    /// Reports, a cancel and the settling of its termination all at once.
    @Test(arguments: StoreUnderTest.allCases)
    func manyWritersLeaveNoGap(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for round in 0..<20 {
            let lease = try await shelf.dialled("call_\(round)")
            let id = lease.call.id
            await withTaskGroup(of: Void.self) { group in
                let news: [CallEvent] = [
                    .ringing, .answered(LiveKitIDs(), dialReturned: true), .cancel(shelf.cancellation()),
                    .failed(.notAnswered), .ringing,
                ]
                for event in news.shuffled() {
                    group.addTask { _ = try? await shelf.receive(event, by: id, about: lease.room) }
                }
                group.addTask { try? await shelf.store.terminate(lease.room, at: shelf.now) }
            }
            for termination in try await shelf.store.leaseTerminations(
                10, at: shelf.now, until: shelf.now + .seconds(8))
            {
                _ = try await shelf.store.settle(.verified, of: termination, at: shelf.now)
            }
            let events = try await shelf.store.events(of: id, after: 0, limit: 100)
            #expect(events.map(\.sequence) == events.indices.map { Int64($0 + 1) })
            #expect(events.first?.notice == .created && events.last?.notice == .terminationVerified)
            let status = try #require(try await shelf.store.call(id, at: shelf.now)).call.status
            #expect(events.compactMap(\.notice.status).last == status)
        }
    }
}
