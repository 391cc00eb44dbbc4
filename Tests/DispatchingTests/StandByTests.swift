import CallControl
import CallCore
import Dispatching
import Logging
import NIOConcurrencyHelpers
import SQLiteStore
import TestSupport
import Testing

/// A node beside another one that has the duties of both.
@Suite(.timeLimit(.minutes(1))) struct StandByTests {
    @Test func aNodeThatStandsByAsksForItsDutyEveryTwoSeconds() async throws {
        let clock = MovableClock()
        let asked = NIOLockedValueBox(0)
        let store = FullStore(try SQLiteStore(.memory, installation: "t"), sharedAndAsked: asked)
        let (bell, signals) = (Bell(), RoomSignals())
        var log = Logger(label: "stand by")
        log.logLevel = .critical
        let dispatcher = Dispatcher(
            store: store, phone: ScriptedPhone(),
            reports: CallReports(store: store, bell: bell, clock: clock, signals: signals, installation: "t"),
            clock: clock, bell: bell, signals: signals, installation: "t", policy: DispatchPolicy(), log: log)
        await withTaskExecutorPreference(SerialTasks()) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await dispatcher.runUntilCancelled() }
                for _ in 0..<6 {
                    await clock.waitForSleepers(2)
                    for _ in 0..<8 { await SerialTasks.settle() }
                    clock.advance(by: .seconds(1))
                }
                group.cancelAll()
            }
        }
        #expect(asked.withLockedValue { $0 } == 3)
    }
}
