import CallControl
import CallCore
import Dispatching
import Logging
import SQLiteStore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct StopTests {
    /// The latch is asked in the transaction that lets the dial go, not before.
    @Test(arguments: [(Stop.Live.hangup, Stop.Queue.cancel), (.leave, .cancel), (.leave, .hold)])
    func aStopBetweenAdmissionAndDialSendsNothing(live: Stop.Live, queue: Stop.Queue) async throws {
        let office = try await Office(agentName: "robot")
        office.phone.show(agent: false)
        let call = try await office.schedule()
        try await office.open { office in
            // The room is made, and the agent is waited for.
            await office.phone.wait(forAsks: 1)
            _ = try await office.stops.set(.all, live: live, queue: queue, by: office.caller)
            office.phone.show(agent: true)
            // What had been made for it goes again.
            let record = try await office.run(until: call) { $0.termination?.state == .verified }
            #expect(record.call.status == (queue == .hold ? .initiated : .cancelled))
            try await office.run(until: call) { _ in office.clock.now > StopTests.start + .seconds(60) }
            #expect(office.phone.dialled.isEmpty)
            #expect(try await office.record(call).call.attempts.count == 1)
        }
    }

    private static let start = MovableClock().now

    @Test func heldCallsGoOnInTheirOrderAfterTheRelease() async throws {
        let office = try await Office { $0.limits.maxLive = 1 }
        let stop = try await office.stops.set(.all, queue: .hold, by: office.caller)
        var ids: [CallID] = []
        for priority in [5, 5, 0] {
            ids.append(try await office.schedule(priority: priority))
            office.clock.advance(by: .milliseconds(1))
        }
        let placed = ids
        try await office.open { office in
            try await office.run(until: placed[0]) { _ in office.clock.now > StopTests.start + .seconds(30) }
            #expect(office.phone.asked.isEmpty)
            #expect(try await office.record(placed[2]).queue?.heldBy == [.stop(stop.stop.id)])
            _ = try await office.stops.release(stop.stop.id, by: office.caller)
            for id in placed { try await office.run(until: id) { $0.call.status.isFinal } }
            let order = [placed[2], placed[0], placed[1]]
            #expect(
                office.phone.dialled == order.map { RoomName(installation: "t", call: $0, attempt: 1) })
        }
    }

    @Test func whatACrashInterruptsIsCarriedOutAtTheNextStart() async throws {
        let office = try await Office()
        var ids: [CallID] = []
        for _ in 0..<700 { ids.append(try await office.schedule(in: .seconds(3600))) }
        let begun = try await office.operations.cancel(.ids(ids), by: office.caller)
        // One chunk, and then the process was gone.
        let isDone = try await office.store.advance(begun.id, at: office.clock.now)
        #expect(!isDone)
        let last = try #require(ids.last)
        try await office.reopened().open { office in
            try await office.run(until: last) { $0.call.status == .cancelled }
            while try await office.operations.get(begun.id, by: office.caller).doneAt == nil { await Task.yield() }
            let counts = try await office.operations.get(begun.id, by: office.caller).counts
            #expect(counts == OperationCounts(matched: 700, cancelled: 700))
        }
    }

    @Test func aLiveCallIsHungUpByTheStopsDrainAndTheStopTellsWhenItIsSilent() async throws {
        let office = try await Office()
        office.phone.onDial { _ in .answered(LiveKitIDs(participant: "PA_1")) }
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        let call = try await office.schedule()
        try await office.open { office in
            try await office.run(until: call) { $0.call.status == .active }
            let stop = try await office.stops.set(.agent(office.agent.id), by: office.caller)
            async let settled = office.stops.settled(stop, within: .seconds(30))
            try await office.run(until: call) { $0.termination?.state == .verified }
            // The one who waits asks again after some time.
            while try await !office.stops.get(stop.stop.id, by: office.caller).drain.isSilent { await Task.yield() }
            office.clock.advance(by: .seconds(1))
            #expect(try await settled.drain.terminationsVerified == 1)
            #expect(try await office.record(call).call.cancelledBy?.key == office.caller.key)
        }
    }

    @Test func aScopeMustNameSomethingOfTheCallers() async throws {
        let office = try await Office()
        let stranger = Caller(
            key: KeyID(rawValue: "key_2"), organization: OrganizationID(rawValue: "other"), role: .admin)
        await #expect(throws: ControlError.belongsToAnotherOrganization) {
            try await office.stops.set(.agent(office.agent.id), by: stranger)
        }
        await #expect(throws: ControlError.notFound) {
            try await office.stops.set(.agent(AgentID(rawValue: "nobody")), by: office.caller)
        }
        await #expect(throws: ControlError.notFound) {
            try await office.stops.set(.batch(BatchID(rawValue: "batch_none")), by: office.caller)
        }
        let stop = try await office.stops.set(.all, by: office.caller)
        await #expect(throws: ControlError.belongsToAnotherOrganization) {
            try await office.stops.release(stop.stop.id, by: stranger)
        }
    }
}
