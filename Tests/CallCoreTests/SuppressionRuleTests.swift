import CallCore
import Testing

@Suite("A call to a suppressed number")
struct SuppressionRuleTests {
    static let suppression = Suppression(id: SuppressionID(rawValue: "sup_1"), key: KeyID(rawValue: "key_7"))

    /// Whatever else would keep it from its dial: it is over, and does not wait for that.
    @Test(
        "Ends when it would be dialled, and says by what",
        arguments: [true, false], [true, false])
    func ends(_ agentIsActive: Bool, _ isHangingUp: Bool) throws {
        let scene = Scene(
            agentIsActive: agentIsActive, latch: .suppression(Self.suppression), isHangingUp: isHangingUp)
        let admission = CallEvent.lineFree(Samples.room)
        let cases: [(way: [CallEvent], event: CallEvent)] = [([], admission), ([admission], Samples.send)]
        for (way, event) in cases {
            let call = try Samples.call(after: way, retries: RetryPlan(maxRetries: 3))
            guard case .move(let ended, let effects) = call.receiving(event, in: scene, at: Samples.now) else {
                Issue.record("\(event) did not end it")
                return
            }
            #expect(ended.status == .cancelled)
            #expect(ended.cancelledBy?.key == Self.suppression.key)
            #expect(ended.cancelledBy?.reason == "the number is suppressed (sup_1)")
            #expect(effects == (way.isEmpty ? [] : [.hangUp(Samples.room)]))
            #expect(ended.attempts.allSatisfy { $0.dial == .planned })
        }
    }

    @Test("What was sent goes on", arguments: Samples.phases.filter { $0.way.count > 1 && $0.name != "ended" })
    func goesOn(_ phase: (name: String, way: [CallEvent])) throws {
        let scene = Scene(agentIsActive: true, latch: .suppression(Self.suppression))
        let call = try Samples.call(after: phase.way)
        for (_, event) in Samples.events {
            let decided = call.receiving(event, about: Samples.room, in: scene, at: Samples.now)
            #expect(decided == call.receiving(event, about: Samples.room, in: Samples.active, at: Samples.now))
        }
    }
}
