import CallControl
import CallCore
import Dispatching
import SQLiteStore
import TestSupport
import Testing

/// Batches with a budget, as the dispatcher keeps to it over midnight; the office's clock shows noon.
@Suite(.timeLimit(.minutes(1))) struct BudgetTests {
    private static let batch = BatchID(rawValue: "batch_1")

    /// Calls of a batch that may make one dial a day, due now.
    private func schedule(_ count: Int, _ office: Office) async throws -> [CallID] {
        let phone = try #require(PhoneNumber("+15005550001"))
        let calls = (0..<count).map { number in
            Call(
                id: CallID(rawValue: "call_\(number)"), organization: office.caller.organization,
                agent: office.agent.id,
                batch: Self.batch, contact: Contact(phone: phone), dueAt: office.clock.now, createdAt: office.clock.now)
        }
        try await office.store.insert(
            Batch(
                id: Self.batch, organization: office.caller.organization, agent: office.agent.id, name: nil,
                createdAt: office.clock.now, guards: BatchGuards(budget: Budget(callsPerDay: 1)),
                rows: calls.map(Batch.Row.scheduled)), for: office.caller)
        return calls.map(\.id)
    }

    private func dialled(_ calls: [CallID], _ office: Office) async throws -> [CallID] {
        var dialled: [CallID] = []
        for call in calls where try await office.record(call).call.attempts.contains(where: { $0.dial.sentAt != nil }) {
            dialled.append(call)
        }
        return dialled
    }

    @Test func whatADayHadNoDialForIsDialledOnTheNextOneAndIsNotLate() async throws {
        let office = try await Office()
        let gate = office.holdDials()
        let calls = try await schedule(2, office)
        let midnight = office.clock.now + .seconds(12 * 3600)
        try await office.open { office in
            defer { gate.open() }
            for _ in 0..<600 {
                office.clock.advance(by: .milliseconds(100))
                await SerialTasks.settle()
            }
            let first = try await dialled(calls, office)
            #expect(first.count == 1)
            let pause = try await office.stops.pause(
                .batch(Self.batch), of: office.caller.organization, for: .budget, reason: "budget: spent",
                until: midnight)
            let other = try #require(calls.first { !first.contains($0) })
            try await office.run(until: other) { $0.queue?.state == .held }
            office.clock.move(to: midnight)
            _ = try await office.stops.release(
                try #require(pause).stop.id, by: .server(for: office.caller.organization))
            // Twelve hours late, were it not for the budget.
            let record = try await office.run(until: other) { $0.call.status != .initiated }
            #expect(record.call.status == .connecting)
        }
    }
}
