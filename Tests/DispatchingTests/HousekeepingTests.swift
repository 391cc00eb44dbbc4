import CallControl
import CallCore
import Dispatching
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite struct HousekeepingTests {
    @Test func whatHasExpiredIsForgottenAtTheStartAndEveryHourChunkByChunk() async {
        let clock = MovableClock()
        let drawer = Drawer([1200, 3, 0])
        let housekeeping = Housekeeping(answers: drawer, clock: clock, log: Logger(label: "house"))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await housekeeping.run() }
            await clock.waitForSleepers(1)
            #expect(drawer.asked == [clock.now, clock.now, clock.now])
            for hour in 1...2 {
                clock.advance(by: .seconds(3599))
                #expect(drawer.asked.count == 2 + hour)
                clock.advance(by: .seconds(1))
                await clock.waitForSleepers(1)
                #expect(drawer.asked.count == 3 + hour)
                #expect(drawer.asked.last == clock.now)
            }
            group.cancelAll()
        }
    }

    @Test func aStoreThatIsAwayIsAskedAgainAnHourLater() async {
        let clock = MovableClock()
        let drawer = Drawer([nil, 5])
        var log = Logger(label: "house")
        log.logLevel = .critical
        let housekeeping = Housekeeping(answers: drawer, clock: clock, log: log)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await housekeeping.run() }
            await clock.waitForSleepers(1)
            clock.advance(by: .seconds(3600))
            await clock.waitForSleepers(1)
            #expect(drawer.asked.count == 2)
            group.cancelAll()
        }
    }

    /// Has so many expired answers at each time that somebody comes; nil: it cannot be opened.
    private final class Drawer: AnswerStore {
        private let state: NIOLockedValueBox<(left: [Int?], asked: [Moment])>

        init(_ visits: [Int?]) { state = NIOLockedValueBox((visits, [])) }

        var asked: [Moment] { state.withLockedValue { $0.asked } }

        func repetition(of once: Once) async throws(StoreFailure) -> Repetition? { nil }

        func forgetAnswers(expiredAt now: Moment, limit: Int) async throws(StoreFailure) -> Int {
            let forgotten = state.withLockedValue { state -> Int? in
                state.asked.append(now)
                guard let visit = state.left.first else { return 0 }
                guard let left = visit, left >= limit else {
                    state.left.removeFirst()
                    return visit
                }
                state.left[0] = left - limit
                return limit
            }
            guard let forgotten else { throw .unavailable("away") }
            return forgotten
        }
    }
}
