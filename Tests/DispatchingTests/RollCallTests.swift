import CallControl
import CallCore
import Dispatching
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite struct RollCallTests {
    @Test func aNodeSaysEveryTwoSecondsThatItServesAndLeavesAtItsEnd() async {
        let clock = MovableClock()
        let book = Book([3, 2, 2])
        let rollCall = RollCall(
            register: book, node: "us", livekitAddress: "here", clock: clock, log: Logger(label: "roll call"))
        #expect(rollCall.nodes == 1)
        let start = clock.now
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await rollCall.run() }
            await clock.waitForSleepers(1)
            #expect(rollCall.nodes == 3)
            clock.advance(by: .milliseconds(1999))
            #expect(book.entries.count == 1)
            clock.advance(by: .milliseconds(1))
            await clock.waitForSleepers(1)
            #expect(rollCall.nodes == 2)
            group.cancelAll()
        }
        #expect(book.entries.map(\.node) == ["us", "us", "us"])
        #expect(book.entries.map(\.at) == [start, start + .seconds(2), start + .seconds(2)])
        #expect(book.entries.map(\.until) == [start + .seconds(8), start + .seconds(10), start + .seconds(2)])
    }

    @Test func whileTheStoreIsAwayTheLastCountStands() async throws {
        let clock = MovableClock()
        let book = Book([2, nil, 3])
        var log = Logger(label: "roll call")
        log.logLevel = .critical
        let rollCall = RollCall(register: book, node: "us", livekitAddress: "here", clock: clock, log: log)
        for count in [2, 2, 3] {
            try await rollCall.announce()
            #expect(rollCall.nodes == count)
        }
    }

    /// It was stopped for long, and would dial where nobody else looks.
    @Test func aNodeWhoseNeighboursHaveMovedEnds() async {
        let clock = MovableClock()
        let book = Book([2], livekitAddress: "there")
        let rollCall = RollCall(
            register: book, node: "us", livekitAddress: "here", clock: clock, log: Logger(label: "roll call"))
        let start = clock.now
        await #expect(throws: OthersMoved.self) { try await rollCall.run() }
        // It has left.
        #expect(book.entries.map(\.until) == [start + .seconds(8), start])
    }

    /// Counts so many nodes at each announcement; nil: it cannot be opened.
    private final class Book: NodeRegister {
        struct Entry {
            let node: String
            let at: Moment
            let until: Moment
        }

        private let state: NIOLockedValueBox<(counts: [Int?], entries: [Entry])>

        private let livekitAddress: String

        init(_ counts: [Int?], livekitAddress: String = "here") {
            state = NIOLockedValueBox((counts, []))
            self.livekitAddress = livekitAddress
        }

        var entries: [Entry] { state.withLockedValue { $0.entries } }

        func join(_ joining: Joining, at now: Moment) async throws(StoreFailure) -> Joined {
            throw .unavailable("nobody joins here")
        }

        func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Roll {
            let count = state.withLockedValue { state -> Int? in
                state.entries.append(Entry(node: node, at: now, until: until))
                return state.counts.isEmpty ? nil : state.counts.removeFirst()
            }
            guard let count else { throw .unavailable("away") }
            return Roll(nodes: count, livekitAddress: livekitAddress)
        }
    }
}
