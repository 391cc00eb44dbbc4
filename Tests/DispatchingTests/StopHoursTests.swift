import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore
import TestSupport
import Testing

/// A stop with a time of its own goes when that is over, and not before.
@Suite(.timeLimit(.minutes(1))) struct StopHoursTests {
    private struct Scene {
        let store: SQLiteStore
        let clock = MovableClock()
        let stops: Stops
        let hours: StopHours
        let caller = Caller(
            key: KeyID(rawValue: "key_1"), organization: OrganizationID(rawValue: "acme"), role: .operator)

        init() async throws {
            store = try SQLiteStore(.memory)
            let bell = Bell()
            stops = Stops(store: store, agents: store, bell: Bell(), timedBell: bell, clock: clock)
            hours = StopHours(
                store: store, stops: stops, bell: bell, clock: clock, lookAgainEvery: nil,
                log: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
            try await store.insert(
                Agent(
                    id: AgentID(rawValue: "550e8400-e29b-41d4-a716-446655440000"), organization: caller.organization,
                    name: "A", createdAt: clock.now), for: .commandLine(for: caller.organization))
        }

        func record(_ id: StopID) async throws -> StopRecord { try #require(try await store.stop(id)) }

        /// Moves the clock on until there is no stop left that ends by itself before `moment`.
        func runs(to moment: Moment) async throws {
            clock.advance(by: moment.since(clock.now))
            for _ in 0..<10_000 {
                guard let until = try await store.timedStops(limit: 1).first?.until, until <= moment else { return }
                await Task.yield()
            }
            Issue.record("a stop whose time is over is not released")
        }
    }

    @Test func itIsReleasedAtItsTimeByTheServerAndStaysUntilThen() async throws {
        let scene = try await Scene()
        let start = scene.clock.now
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await scene.hours.runUntilCancelled() }
            let late = try await scene.stops.set(.all, queue: .hold, until: start + .seconds(60), by: scene.caller)
            await scene.clock.waitForSleepers(1)
            // It hears of one that comes later and ends sooner.
            let soon = try await scene.stops.set(.all, queue: .hold, until: start + .seconds(5), by: scene.caller)
            let forGood = try await scene.stops.set(.all, queue: .hold, by: scene.caller)
            try await scene.runs(to: start + .seconds(5))
            let released = try await scene.record(soon.stop.id).stop.release
            #expect(released?.key.rawValue == "server")
            #expect(released?.reason == "its time is over")
            #expect(try await scene.record(late.stop.id).stop.release == nil)
            try await scene.runs(to: start + .seconds(60))
            #expect(try await scene.record(late.stop.id).stop.release?.at == start + .seconds(60))
            #expect(try await scene.record(forGood.stop.id).stop.release == nil)
            let log = try await scene.store.auditEntries(of: scene.caller.organization, after: 0, limit: 99)
            #expect(log.filter { $0.action == "stop.release" }.map(\.actor.rawValue) == ["server", "server"])
            group.cancelAll()
        }
    }

    @Test func whatEndedWhileTheServerWasAwayIsReleasedAtItsStart() async throws {
        let scene = try await Scene()
        let start = scene.clock.now
        var ids: [StopID] = []
        for _ in 0..<60 {
            ids.append(
                try await scene.stops.set(.all, queue: .hold, until: start + .seconds(5), by: scene.caller).stop.id)
        }
        // Somebody was faster with one.
        _ = try await scene.stops.release(ids[3], reason: "enough", by: scene.caller)
        scene.clock.advance(by: .seconds(600))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await scene.hours.runUntilCancelled() }
            try await scene.runs(to: start + .seconds(600))
            for id in ids { #expect(try await scene.record(id).stop.release != nil) }
            #expect(try await scene.record(ids[3]).stop.release?.reason == "enough")
            group.cancelAll()
        }
    }
}
