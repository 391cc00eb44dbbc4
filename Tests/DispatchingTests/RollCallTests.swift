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
        let rollCall = RollCall(register: book, node: "us", clock: clock, log: Logger(label: "roll call"))
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

    @Test func whileTheStoreIsAwayTheLastCountStands() async {
        let clock = MovableClock()
        let book = Book([2, nil, 3])
        var log = Logger(label: "roll call")
        log.logLevel = .critical
        let rollCall = RollCall(register: book, node: "us", clock: clock, log: log)
        for count in [2, 2, 3] {
            await rollCall.announce()
            #expect(rollCall.nodes == count)
        }
    }

    /// Counts so many nodes at each announcement; nil: it cannot be opened.
    private final class Book: NodeRegister {
        struct Entry {
            let node: String
            let at: Moment
            let until: Moment
        }

        private let state: NIOLockedValueBox<(counts: [Int?], entries: [Entry])>

        init(_ counts: [Int?]) { state = NIOLockedValueBox((counts, [])) }

        var entries: [Entry] { state.withLockedValue { $0.entries } }

        func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Int {
            let count = state.withLockedValue { state in
                state.entries.append(Entry(node: node, at: now, until: until))
                return state.counts.removeFirst()
            }
            guard let count else { throw .unavailable("away") }
            return count
        }
    }
}
