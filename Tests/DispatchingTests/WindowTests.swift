import CallControl
import CallCore
import Dispatching
import TestSupport
import Testing

/// Windows of agents, as the dispatcher keeps to them while they are changed; the office's clock shows noon.
@Suite(.timeLimit(.minutes(1))) struct WindowTests {
    private static let afternoon = CallWindow(start: 780, end: 840, zone: .utc)

    private func set(_ window: CallWindow?, _ office: Office) async throws {
        _ = try await office.agents.update(office.agent.id, by: office.caller) { $0.callWindow = window }
    }

    @Test func aWindowThatIsTakenAwayLetsWhatItHeldGo() async throws {
        let office = try await Office()
        let gate = office.holdDials()
        try await set(Self.afternoon, office)
        try await office.open { office in
            defer { gate.open() }
            let id = try await office.schedule()
            let opening = office.clock.now + .seconds(3600)
            #expect(try await office.record(id).queue?.nextAttemptAt == opening)
            for _ in 0..<50 {
                office.clock.advance(by: .seconds(1))
                await SerialTasks.settle()
            }
            #expect(try await office.record(id).call.attempts.isEmpty)
            let asked = office.clock.now
            try await set(nil, office)
            try await office.run(until: id) { $0.call.status == .connecting }
            #expect(office.clock.now.since(asked) < .seconds(2))
        }
    }

    @Test func aWindowThatClosesHoldsWhatIsAskedForLater() async throws {
        let office = try await Office()
        let gate = office.holdDials()
        try await office.open { office in
            defer { gate.open() }
            let id = try await office.schedule(in: .seconds(10))
            try await set(Self.afternoon, office)
            for _ in 0..<200 {
                office.clock.advance(by: .milliseconds(100))
                await SerialTasks.settle()
            }
            let record = try await office.record(id)
            #expect(record.call.attempts.isEmpty && record.queue?.heldBy == [.window(.agent(office.agent.id))])
            // It is dialled at the opening, and is not late for it.
            office.clock.move(to: Moment(milliseconds: 1_772_366_400_000) + .seconds(3600))
            try await office.run(until: id) { $0.call.status == .connecting }
        }
    }
}
