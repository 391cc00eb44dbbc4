import CallControl
import CallCore
import CoreMetrics
import Dispatching
import Logging
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite struct RetentionTests {
    private static let age: Duration = .seconds(90 * 86_400)

    /// Runs the purge of this attic beside `body`; it sleeps before its first step.
    private func run(
        _ attic: Attic, archive: (any CallArchive)? = nil, metrics: DispatchMetrics = DispatchMetrics(),
        _ body: (MovableClock) async -> Void
    ) async {
        let clock = MovableClock()
        var log = Logger(label: "retention")
        log.logLevel = .critical
        let retention = Retention(
            store: attic, archive: archive, node: "us", clock: clock, policy: Retention.Policy(age: Self.age),
            metrics: metrics, log: log)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await retention.run() }
            await clock.waitForSleepers(1)
            await body(clock)
            group.cancelAll()
        }
    }

    private func pass(_ duration: Duration, _ clock: MovableClock) async {
        clock.advance(by: duration)
        await clock.waitForSleepers(1)
    }

    @Test func callsGoStepByStepWithAPauseBeforeEachAndThenItRestsForTenMinutes() async throws {
        let attic = try Attic(calls: 250, results: 1)
        let meter = Meter()
        await run(attic, metrics: DispatchMetrics(factory: meter)) { clock in
            let start = clock.now
            #expect(attic.deeds.isEmpty)
            for expected in [["results"], ["results", "none"]] {
                await pass(.milliseconds(250), clock)
                #expect(attic.deeds == expected)
            }
            for left in [150, 50, 0] {
                clock.advance(by: .milliseconds(249))
                await pass(.milliseconds(1), clock)
                #expect(attic.left == left)
            }
            #expect(attic.moments == [start - Self.age])
            #expect(meter.count == 250)
            let asked = attic.deeds.count
            await pass(.seconds(599), clock)
            #expect(attic.deeds.count == asked)
            await pass(.seconds(1), clock)
            await pass(.milliseconds(250), clock)
            #expect(attic.deeds.count == asked + 1)
        }
    }

    @Test(arguments: [0, 1, 2]) func whileThereIsWorkAStepWaitsForTenSeconds(kind: Int) async throws {
        let attic = try Attic(calls: 300, results: 0)
        await run(attic) { clock in
            attic.work(kind, at: clock.now)
            await pass(.milliseconds(250), clock)
            #expect(attic.deeds.isEmpty)
            await pass(.milliseconds(9750), clock)
            #expect(attic.deeds == ["none"])
            await pass(.milliseconds(250), clock)
            clock.advance(by: .milliseconds(9749))
            #expect(attic.left == 300)
            await pass(.milliseconds(1), clock)
            #expect(attic.left == 200)
            // What comes later is no reason to wait.
            attic.work(kind, at: clock.now + .seconds(3600))
            await pass(.milliseconds(250), clock)
            #expect(attic.left == 100)
        }
    }

    @Test func whatCannotBeArchivedStaysAndIsTriedAgain() async throws {
        let attic = try Attic(calls: 150, results: 0)
        let shelf = Folder()
        await run(attic, archive: shelf) { clock in
            shelf.break(true)
            for _ in 0..<2 { await pass(.milliseconds(250), clock) }
            #expect(attic.left == 150)
            shelf.break(false)
            await pass(.seconds(600), clock)
            for _ in 0..<3 { await pass(.milliseconds(250), clock) }
            #expect(attic.left == 0)
            #expect(shelf.kept == (0..<150).map { "call_\($0)" })
        }
    }

    @Test func anotherNodesDutyIsLeftAloneUntilItIsFree() async throws {
        let attic = try Attic(calls: 50, results: 0)
        attic.lend(to: "them")
        await run(attic) { clock in
            for _ in 0..<3 {
                await pass(.milliseconds(250), clock)
                await pass(.seconds(20), clock)
                #expect(attic.deeds.isEmpty)
            }
            attic.lend(to: nil)
            for _ in 0..<2 { await pass(.milliseconds(250), clock) }
            #expect(attic.left == 0)
        }
    }

    @Test func aStoreThatIsAwayIsAskedAgainLater() async throws {
        let attic = try Attic(calls: 50, results: 0)
        await run(attic) { clock in
            attic.leave(true)
            await pass(.milliseconds(250), clock)
            attic.leave(false)
            await pass(.seconds(600), clock)
            for _ in 0..<2 { await pass(.milliseconds(250), clock) }
            #expect(attic.left == 0)
        }
    }
}

/// So many calls that are over, and so many operations with results.
private final class Attic: RetentionStore {
    private struct State {
        var calls: [Int]
        var results: Int
        var deeds: [String] = []
        var moments: Set<Moment> = []
        var wakes = Wakes(call: nil, dial: nil, termination: nil, agentAwaySince: nil)
        var holder: String?
        var isAway = false
    }

    private let state: NIOLockedValueBox<State>

    private let phone: PhoneNumber

    init(calls: Int, results: Int) throws {
        phone = try #require(PhoneNumber("+15005550001"))
        state = NIOLockedValueBox(State(calls: Array(0..<calls), results: results))
    }

    var left: Int { state.withLockedValue { $0.calls.count } }
    var deeds: [String] { state.withLockedValue { $0.deeds } }
    var moments: Set<Moment> { state.withLockedValue { $0.moments } }
    func lend(to node: String?) { state.withLockedValue { $0.holder = node } }
    func leave(_ isAway: Bool) { state.withLockedValue { $0.isAway = isAway } }

    func work(_ kind: Int, at moment: Moment) {
        state.withLockedValue { state in
            state.wakes = Wakes(
                call: kind == 0 ? moment : nil, dial: kind == 1 ? moment : nil,
                termination: kind == 2 ? moment : nil, agentAwaySince: moment)
        }
    }

    func take(_ duty: Duty, by node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Bool {
        state.withLockedValue { ($0.holder ?? node) == node && duty == .retention && until > now + .seconds(10) }
    }

    func nextWakes() async throws(StoreFailure) -> Wakes {
        let (wakes, isAway) = state.withLockedValue { ($0.wakes, $0.isAway) }
        if isAway { throw .unavailable("away") }
        return wakes
    }

    func purgeable(
        overBefore moment: Moment, after place: Int64, limit: Int
    ) async throws(StoreFailure) -> Purgeable {
        state.withLockedValue { state in
            state.moments.insert(moment)
            let found = state.calls.filter { $0 >= Int(place) }.prefix(limit)
            return Purgeable(
                calls: found.map { self.call($0) }, next: found.count == limit ? found.last.map { Int64($0 + 1) } : nil)
        }
    }

    private func call(_ number: Int) -> FinishedCall {
        let call = Call(
            id: CallID(rawValue: "call_\(number)"), organization: OrganizationID(rawValue: "acme"),
            agent: AgentID(rawValue: "a"), contact: Contact(phone: phone), dueAt: Moment(milliseconds: 0),
            createdAt: Moment(milliseconds: 0))
        return FinishedCall(
            place: Int64(number),
            record: CallRecord(
                call: call, agent: AgentName(id: call.agent, name: "A"), termination: nil, queue: nil), events: [])
    }

    func purge(_ calls: [FinishedCall], overBefore moment: Moment) async throws(StoreFailure) -> Int {
        state.withLockedValue { state in
            let gone = Set(calls.map { Int($0.place) })
            state.calls.removeAll { gone.contains($0) }
            state.deeds.append("calls")
            return calls.count
        }
    }

    func purgeResults(
        doneBefore moment: Moment, after operation: OperationID?, limit: Int
    ) async throws(StoreFailure) -> PurgedResults? {
        state.withLockedValue { state in
            guard state.results > 0 else {
                state.deeds.append("none")
                return nil
            }
            state.results -= 1
            state.deeds.append("results")
            return PurgedResults(count: 1, next: OperationID(rawValue: "op"))
        }
    }
}

/// An archive that may be full.
private final class Folder: CallArchive {
    private let state = NIOLockedValueBox((kept: [String](), isFull: false))

    var kept: [String] { state.withLockedValue { $0.kept } }
    func `break`(_ isFull: Bool) { state.withLockedValue { $0.isFull = isFull } }

    func keep(_ calls: [FinishedCall], at now: Moment) async throws(ArchiveFailure) {
        let isFull = state.withLockedValue { state in
            if !state.isFull { state.kept += calls.map(\.record.call.id.rawValue) }
            return state.isFull
        }
        if isFull { throw ArchiveFailure("the disk is full") }
    }
}

/// Counts what is counted as purged.
private final class Meter: MetricsFactory {
    private final class Purges: CounterHandler {
        let value = NIOLockedValueBox(Int64(0))
        func increment(by amount: Int64) { value.withLockedValue { $0 += amount } }
        func reset() {}
    }

    private let purges = Purges()
    var count: Int { Int(purges.value.withLockedValue { $0 }) }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        label == "switchboard_calls_purged_total" ? purges : Purges()
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { NOOPMetricsHandler.instance }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { NOOPMetricsHandler.instance }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
