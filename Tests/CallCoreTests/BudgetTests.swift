import CallCore
import Testing

@Suite("A budget of a day")
struct BudgetTests {
    private static func spent(_ sent: Int, _ placing: Int = 0, minutes: Int = 0) -> Budget.Spending {
        Budget.Spending(sent: sent, placing: placing, talked: .seconds(minutes * 60))
    }

    @Test(
        "Admits no attempt that could be one dial too many, and is spent by what was dialled or talked",
        arguments: [
            // Calls, minutes, what was spent; admits, is spent.
            (10, nil, spent(0), true, false), (10, nil, spent(9), true, false), (10, nil, spent(10), false, true),
            (10, nil, spent(11), false, true), (10, nil, spent(9, 1), false, false),
            (10, nil, spent(0, 10), false, false), (10, nil, spent(8, 1), true, false),
            (10, nil, spent(0, minutes: 9999), true, false), (nil, 5, spent(9999, 9), true, false),
            (nil, 5, spent(1, minutes: 4), true, false), (nil, 5, spent(1, minutes: 5), false, true),
            (10, 5, spent(1, minutes: 5), false, true), (10, 5, spent(10, minutes: 1), false, true),
            (10, 5, spent(9, minutes: 4), true, false),
        ] as [(Int?, Int?, Budget.Spending, Bool, Bool)])
    func spends(_ calls: Int?, _ minutes: Int?, _ spent: Budget.Spending, _ admits: Bool, _ isSpent: Bool) throws {
        let budget = try #require(Budget(callsPerDay: calls, minutesPerDay: minutes))
        #expect(budget.admits(spent) == admits)
        #expect(budget.isSpent(by: spent) == isSpent)
    }

    @Test("That limits nothing is none")
    func none() { #expect(Budget() == nil) }

    @Test("Says in words what it was spent by")
    func words() throws {
        let zone = try #require(Zone("Europe/Berlin"))
        let budget = try #require(Budget(callsPerDay: 10, minutesPerDay: 5, zone: zone))
        #expect(budget.reason(Self.spent(10)) == "budget: 10 of 10 calls of this day (Europe/Berlin) are dialled")
        #expect(
            budget.reason(Self.spent(3, minutes: 6))
                == "budget: 6 of 5 minutes of this day (Europe/Berlin) are spent")
    }

    @Test("What was begun in the same transaction is taken from it; a day that was waived is not limited")
    func allowance() throws {
        let budget = try #require(Budget(callsPerDay: 2))
        var allowance = Allowance(budget, Self.spent(0, 1))
        #expect(allowance.isLeft)
        allowance.begin()
        #expect(!allowance.isLeft)
        #expect(Allowance(budget, Self.spent(9), isWaived: true).isLeft)
    }

    @Test("A call without budget is asked for again a little later, and is not late by that")
    func putOff() throws {
        let budget = try #require(Budget(callsPerDay: 1))
        let call = try Samples.waiting()
        let scene = Scene(agentIsActive: true, allowance: Allowance(budget, Self.spent(1)))
        let room = RoomName(installation: "t", call: call.id, attempt: 1)
        guard case .note(let later) = call.receiving(.lineFree(room), in: scene, at: Samples.now) else {
            Issue.record("it was begun")
            return
        }
        #expect(later.phase == .waiting)
        #expect(later.dueAt == Samples.now + .seconds(10))
        #expect(later.expectedAt == call.expectedAt)
        let left = Scene(agentIsActive: true, allowance: Allowance(budget, Self.spent(0)))
        guard case .move(let begun, _) = call.receiving(.lineFree(room), in: left, at: Samples.now) else {
            Issue.record("it was not begun")
            return
        }
        #expect(begun.status == .connecting)
    }

    @Test("What was paused for its budget is expected from then on, and nothing is made sooner")
    func resumed() throws {
        let call = try Samples.waiting()
        let release = call.dueAt + .seconds(40_000)
        #expect(call.resumed(at: release).expectedAt == release)
        #expect(call.resumed(at: call.dueAt - .seconds(1)) == call)
        #expect(call.resumed(at: nil) == call)
    }
}
