import CallControl
import CallCore
import Dispatching
import SQLiteStore
import TestSupport
import Testing

/// Many rooms of calls that ended by themselves, and a phone that is up.
@Suite(.timeLimit(.minutes(1))) struct CrowdTests {
    /// Half of the places at LiveKit are not for rooms that only have to be tidied away.
    @Test func aCancelWaitsForNoRoomThatIsOnlyLeft() async throws {
        let office = try await Office { $0.hangUpsAtATime = 4 }
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        let gate = Gate()
        var over: [CallID] = []
        for _ in 0..<6 { over.append(try await office.talk()) }
        let talks = try await office.talk()
        let room = office.room(talks)
        office.phone.onDelete { asked throws(PhoneFailure) in
            if asked != room { await gate.pass() }
            return .deleted
        }
        let now = office.clock.now
        let left = CallEvent.left(Departure(reason: .clientInitiated, wasAnswered: true))
        for id in over {
            _ = try await office.store.decide(id, proving: nil, claimingUntil: nil, at: now) { call, scene in
                call.receiving(left, in: scene, at: now)
            }
        }
        try await office.open { office in
            defer { gate.open() }
            await office.phone.wait(forAsks: 2)
            for _ in 0..<8 { await SerialTasks.settle() }
            #expect(office.phone.asked.count == 2)
            _ = try await office.calls.cancel(talks, by: office.caller, log: .silent)
            #expect(office.phone.asked.last == .delete(room))
            gate.open()
            await office.phone.wait(forAsks: 7)
        }
    }

    /// The news of a commit may be lost with its connection: nobody hangs up until the claim is over, and the phone rings.
    @Test func whatACancelHasClaimedAndNobodyCarriesOutIsHungUpSoon() async throws {
        let office = try await Office()
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        let talks = try await office.talk()
        let begun = office.clock.now
        let cancellation = Cancellation(
            organization: office.caller.organization, key: office.caller.key, reason: nil, at: begun)
        _ = try await office.store.decide(
            talks, proving: nil, claimingUntil: begun + Calls.Policy().leaseFor, for: office.caller, at: begun
        ) { call, scene in call.receiving(.cancel(cancellation), in: scene, at: begun) }
        try await office.open { office in
            try await office.run(until: talks) { $0.termination?.state == .verified }
            #expect(office.phone.asked.last == .delete(office.room(talks)))
            #expect(office.clock.now.since(begun) <= .seconds(4))
        }
    }
}
