import CallControl
import CallCore
import StoredRows
import Testing

/// What a try to terminate a room comes to.
@Suite struct TerminationRowTests {
    private static let lease = TerminationLease(
        room: RoomName(rawValue: "r"), call: nil, dial: .planned, requestedAt: Samples.now, tries: 0, fence: 3, armed: 2
    )

    @Test func aVerificationCountsOnlyForTheSignOfLifeThatItWasBegunFor() throws {
        let now = Samples.now + .seconds(1)
        let (settled, notice) = try settle(.verified, armed: 2, state: "pending", at: now)
        #expect(settled == .verified && notice == .terminationVerified)
        let (again, none) = try settle(.verified, armed: 3, state: "pending", at: now)
        guard case .again(let putBack) = again else {
            Issue.record("it counted")
            return
        }
        #expect(!putBack.counts && putBack.ready == now && putBack.state == .pending && none == nil)
    }

    @Test(arguments: [
        (59, "pending", Termination.State.pending, false), (60, "pending", .stuck, true), (61, "stuck", .stuck, false),
    ])
    func whatTakesTooLongIsStuckAndToldOnce(
        _ seconds: Int, _ before: String, _ after: Termination.State, _ isTold: Bool
    ) throws {
        let now = Samples.now + .seconds(seconds)
        let (settled, notice) = try settle(.again(at: now + .seconds(1), error: "e"), armed: 2, state: before, at: now)
        guard case .again(let putBack) = settled else {
            Issue.record("it is not put back")
            return
        }
        #expect(putBack.state == after && putBack.counts && putBack.error == "e" && putBack.ready == now + .seconds(1))
        #expect(notice == (isTold ? .terminationStuck : nil))
    }

    @Test func aPhoneThatWasSeenInTheRoomLeavesNoJoinToWaitFor() {
        func lease(seen: Bool) -> TerminationLease {
            StoredTermination.lease(
                WrittenRow([
                    .text("r"), .null, .number(1), Samples.now.stored, (Samples.now + .seconds(9)).stored,
                    Samples.now.stored, .number(4), .number(6), .number(2), .flag(seen), .text("cancelled"),
                    .flag(false),
                ]))
        }
        #expect(lease(seen: true).dial == .returned(sent: Samples.now))
        #expect(lease(seen: false).dial == .out(sent: Samples.now, deadline: Samples.now + .seconds(9)))
        #expect(lease(seen: false).fence == 6 && lease(seen: false).isForCancel && lease(seen: false).tries == 4)
    }

    private func settle(
        _ settlement: TerminationSettlement, armed: Int64, state: String, at now: Moment
    ) throws -> (settled: StoredTermination.Settled, notice: Notice?) {
        try StoredTermination.settle(
            settlement, of: Self.lease, held: WrittenRow([.number(7), .number(armed), .text(state)]), at: now)
    }
}
