import CallControl
import CallCore
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// Who is woken, and who is left to sleep until their own time.
@Suite struct BellTests {
    /// Nobody but the bell ends this sleep.
    private struct Asleep: WallClock {
        let now = Moment(milliseconds: 0)
        func sleep(until moment: Moment) async throws(CancellationError) {
            let (never, end) = AsyncStream.makeStream(of: Void.self)
            defer { end.finish() }
            for await _ in never {}
            throw CancellationError()
        }
    }

    @Test(
        arguments: [
            (alarm: 100, due: 99, wakes: true), (alarm: 100, due: 100, wakes: false),
            (alarm: 100, due: 5000, wakes: false),
            (alarm: nil, due: 5000, wakes: true),
        ] as [(alarm: Int64?, due: Int64, wakes: Bool)])
    func whoIsUpInTimeSleepsOn(_ row: (alarm: Int64?, due: Int64, wakes: Bool)) async {
        let relayed = NIOLockedValueBox(0)
        let bell = Bell { relayed.withLockedValue { $0 += 1 } }
        await withTaskExecutorPreference(SerialTasks()) {
            async let sleep: Void = bell.wait(until: row.alarm.map(Moment.init(milliseconds:)), clock: Asleep())
            await SerialTasks.settle()
            bell.announce(due: Moment(milliseconds: row.due))
            #expect(relayed.withLockedValue { $0 } == (row.wakes ? 1 : 0))
            // A plain ring wakes everybody.
            if !row.wakes { bell.ring() }
            await sleep
        }
    }

    @Test func whoIsAwakeHearsOfEverything() async {
        let relayed = NIOLockedValueBox(0)
        let bell = Bell { relayed.withLockedValue { $0 += 1 } }
        bell.announce(due: Moment(milliseconds: 5000))
        #expect(relayed.withLockedValue { $0 } == 1)
        // It was rung meanwhile, so the next sleep is none.
        await bell.wait(until: Moment(milliseconds: 100), clock: Asleep())
    }
}
