import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClockTests {
    static func frozen() -> SandboxClock {
        SandboxClock(
            eventLoop: HTTPClient.defaultEventLoopGroup.any(), startedAt: World.start * 1_000_000, frozen: true)
    }

    @Test("A frozen clock rings nothing until it is moved, and then everything that is due in its order")
    func order() {
        let clock = Self.frozen()
        let rung = NIOLockedValueBox<[Int]>([])
        for deadline in [30, 10, 20, 10, 99] {
            _ = clock.alarm(at: World.start + Int64(deadline)) { _ in rung.withLockedValue { $0.append(deadline) } }
        }
        clock.advance(milliseconds: 9)
        #expect(rung.withLockedValue { $0 } == [])
        clock.advance(milliseconds: 21)
        #expect(rung.withLockedValue { $0 } == [10, 10, 20, 30])
        #expect(clock.now == World.start + 30)
    }

    @Test("A cancelled alarm does not ring")
    func cancelled() {
        let clock = Self.frozen()
        let rung = NIOLockedValueBox(0)
        let alarms = (0..<200).map { _ in
            clock.alarm(at: World.start + 10) { _ in rung.withLockedValue { $0 += 1 } }
        }
        for alarm in alarms.dropLast() { clock.cancel(alarm) }
        clock.advance(milliseconds: 10)
        #expect(rung.withLockedValue { $0 } == 1)
    }

    @Test("A cancelled sleeper wakes up at once")
    func cancelledSleep() async {
        let clock = Self.frozen()
        let sleeper = Task { try await clock.sleep(until: .max) }
        while clock.waiting == 0 { await Task.yield() }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.waiting == 0)
    }

    @Test("A clock that runs wakes its sleepers by itself, also those that slept while it stood")
    func runs() async throws {
        let clock = Self.frozen()
        async let slept: Void = clock.sleep(until: World.start + 20)
        while clock.waiting == 0 { await Task.yield() }
        clock.run()
        try await slept
        #expect(clock.now >= World.start + 20)
        clock.freeze()
        let now = clock.now
        clock.advance(milliseconds: 7)
        #expect(clock.now == now + 7)
    }

    @Test("A reset sends sleepers away")
    func reset() async {
        let clock = Self.frozen()
        let sleeper = Task { try await clock.sleep(until: .max) }
        while clock.waiting == 0 { await Task.yield() }
        clock.reset()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(!clock.isFrozen)
    }
}
