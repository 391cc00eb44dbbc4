import CallControl
import CallCore
import Dispatching
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// The comparison with LiveKit's rooms: what it costs, and what it finds although nobody told.
@Suite(.timeLimit(.minutes(1))) struct ReconcilerTests {
    /// An office in which `count` calls talk, and LiveKit lists a room with one phone for each.
    private func office(_ count: Int, agentName: String? = nil) async throws -> (Office, [CallID]) {
        let office = try await Office(agentName: agentName)
        var ids: [CallID] = []
        for _ in 0..<count { ids.append(try await office.talk()) }
        let rooms = ids.map { ListedRoom(name: office.room($0), participants: 1) }
        office.phone.onList { () throws(PhoneFailure) in rooms }
        office.phone.show(.present(.active, LiveKitIDs(participant: "PA_1")))
        return (office, ids)
    }

    @Test func aHundredQuietCallsCostOneListAndAThirdOfThemALook() async throws {
        let (office, ids) = try await office(100)
        let rooms = ids.map { ListedRoom(name: office.room($0), participants: 1) }
        // How many looks there had been whenever a comparison began.
        let looks = NIOLockedValueBox<[Int]>([])
        office.phone.onList { [phone = office.phone] () throws(PhoneFailure) in
            looks.withLockedValue { $0.append(phone.surveys) }
            return rooms
        }
        try await office.open { office in
            try await office.pass(.seconds(60)) { looks.withLockedValue { $0.count } >= 5 }
            let seen = looks.withLockedValue { Array($0.prefix(5)) }
            // The first comparison looks at all; then three look at all between them, and none at more than its share.
            #expect(seen[1] == 100)
            #expect(seen[4] == 200)
            for (one, next) in zip(seen[1...], seen[2...]) { #expect((15...55).contains(next - one)) }
        }
    }

    @Test(arguments: [Int?.none, 0, 2])
    func aRoomThatIsNotAsExpectedIsLookedAtInTheNextComparison(listed: Int?) async throws {
        let (office, ids) = try await office(8)
        try await office.open { office in
            try await office.pass(.seconds(5)) { office.phone.surveys == 8 }
            office.phone.onList { () throws(PhoneFailure) in
                ids.compactMap { id in listed.map { ListedRoom(name: office.room(id), participants: $0) } }
            }
            try await office.pass(.seconds(11)) { office.phone.lists == 2 && office.phone.surveys == 16 }
        }
    }

    @Test func aPhoneThatIsGoneEndsItsCallThoughAStrangerMakesTheCountRight() async throws {
        let (office, ids) = try await office(1)
        let call = try #require(ids.first)
        try await office.open { office in
            try await office.pass(.seconds(5)) { office.phone.surveys == 1 }
            office.phone.show(.absent)
            try await office.pass(.seconds(31)) { try await office.record(call).call.status == .completed }
        }
    }

    /// The list may be older than the room: it ends no call by itself.
    @Test func aCallWhoseRoomIsNotListedGoesOnWhileItsPhoneIsThere() async throws {
        let (office, ids) = try await office(1)
        let call = try #require(ids.first)
        office.phone.onList { () throws(PhoneFailure) in [] }
        try await office.open { office in
            try await office.pass(.seconds(25)) { office.phone.lists == 3 }
            #expect(try await office.record(call).call.status == .active)
        }
    }

    /// LiveKit lists its rooms and answers no question about one: a call that cannot be looked at is not a call whose phone is gone.
    @Test func aLookThatFailsEndsNoCall() async throws {
        let (office, ids) = try await office(1)
        let call = try #require(ids.first)
        office.phone.show(looksFail: true)
        try await office.open { office in
            try await office.pass(.seconds(25)) { office.phone.lists == 5 }
            #expect(try await office.record(call).call.status == .active)
            #expect(office.phone.asked.isEmpty)
        }
    }

    @Test func anAgentThatLeftUnheardIsMissedWithinThreeComparisons() async throws {
        let (office, ids) = try await office(1, agentName: "robot")
        let call = try #require(ids.first)
        try await office.open { office in
            try await office.pass(.seconds(5)) { office.phone.surveys == 1 }
            office.phone.show(agent: false)
            // Three comparisons to see it, and ten seconds in which it may come back.
            try await office.pass(.seconds(45)) { try await office.record(call).call.status == .completed }
            #expect(try await office.record(call).call.outcome == "agent_left")
        }
    }

    /// While LiveKit is away its webhooks are lost too, so the first answer is made use of for all calls, and soon.
    @Test func afterAnOutageEveryCallIsLookedAtWithinTwoSeconds() async throws {
        let (office, _) = try await office(30)
        try await office.open { office in
            try await office.pass(.seconds(5)) { office.phone.surveys == 30 }
            office.phone.set(down: true)
            let later = office.clock.now + .seconds(60)
            try await office.pass(.seconds(61)) { office.clock.now >= later }
            office.phone.set(down: false)
            let back = office.clock.now
            let seen = try await office.pass(.seconds(5)) { office.phone.surveys == 60 }
            #expect(seen.since(back) <= .seconds(2))
        }
    }

    @Test func ofTheRoomsThatNoCallNeedsOnlyThoseThatAreStillThereAreTerminated() async throws {
        let (office, _) = try await office(1)
        let orphan = RoomName(installation: "t", call: CallID(rawValue: "call_forgotten"), attempt: 1)
        office.phone.onList { () throws(PhoneFailure) in [ListedRoom(name: orphan, participants: 0)] }
        try await office.open { office in
            try await office.pass(.seconds(11)) { office.phone.lists == 2 }
            #expect(office.phone.asked.isEmpty)
            office.phone.show(gone: false)
            try await office.pass(.seconds(12)) { office.phone.asked.first == .delete(orphan) }
        }
    }
}
