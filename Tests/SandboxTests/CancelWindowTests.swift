import LiveKit
import Sandbox
import Testing

/// What a DeleteRoom or RemoveParticipant does, by the moment at which it lands.
@Suite struct CancelWindowTests {
    static let answers = "+15005550001"
    static let rings = "+15005550003"

    @Test(
        "A delete before the join does not stop the dial: the room comes back and the phone answers",
        arguments: [0, 5, 11])
    func beforeTheJoin(at moment: Int64) throws {
        var world = World(NetworkSettings(undeletableShare: 0))
        let before = try world.room()
        let leg = try world.dial(Self.answers)
        world.pass(moment)
        try world.delete()
        #expect(world.network.rooms["r"] == nil)
        world.pass(1_000)
        #expect(try #require(world.network.rooms["r"]).sid != before.sid)
        #expect(try world.leg(leg).isUp)
        #expect(try world.leg(leg).answeredAt != nil)
        #expect(world.replies[leg]?.reply.short == "placed")
        // One delete more, now that it is there, hangs up.
        try world.delete()
        world.pass(100)
        #expect(try !world.leg(leg).isUp)
        #expect(world.network.rooms.isEmpty)
    }

    @Test("A delete of a room that the dial is still to make is 404, and the dial goes on")
    func beforeTheRoom() throws {
        var world = World(NetworkSettings(undeletableShare: 1))
        let leg = try world.dial(Self.answers)
        #expect(throws: Refusal.noSuchRoomForTests) { try world.delete() }
        world.pass(1_000)
        #expect(try world.leg(leg).isUp)
        // Such a room is never undeletable.
        try world.delete()
        world.pass(100)
        #expect(try !world.leg(leg).isUp)
    }

    @Test("RemoveParticipant before the join is 404, and the dial goes on")
    func removeBeforeTheJoin() throws {
        var world = World(NetworkSettings(undeletableShare: 1))
        _ = try world.room()
        let leg = try world.dial(Self.answers)
        world.pass(5)
        #expect(throws: Refusal.self) { try world.network.removeParticipant("phone", of: "r") }
        world.pass(1_000)
        #expect(try world.leg(leg).isUp)
        #expect(world.network.rooms["r"]?.undeletable == nil)
    }

    @Test(
        "Between join and INVITE a delete stops the call, and the dial finds out after five seconds",
        arguments: [12, 14, 16])
    func beforeTheInvite(at moment: Int64) throws {
        var world = World()
        let leg = try world.dial(Self.answers)
        world.pass(moment)
        try world.delete()
        world.pass(10_000)
        #expect(try world.leg(leg).inviteAt == nil)
        let reply = try #require(world.replies[leg])
        #expect(reply.at == 5_000)
        #expect(reply.reply.short == "internal -")
        #expect(world.network.rooms.isEmpty)
        let joined = moment >= 15
        #expect(world.events("r").contains("participant_connection_aborted sip") == !joined)
        #expect(world.events("r").contains("participant_left sip") == joined)
    }

    @Test("A delete while it rings is a CANCEL five milliseconds later", arguments: [true, false])
    func whileRinging(byDelete: Bool) throws {
        var world = World()
        let leg = try world.dial(Self.rings)
        world.pass(1_000)
        if byDelete { try world.delete() } else { try world.network.removeParticipant("phone", of: "r") }
        world.listen()
        world.pass(1_000)
        #expect(try world.leg(leg).since(\.cancelAt) == 1_005)
        #expect(try !world.leg(leg).isUp)
        #expect(world.replies[leg]?.reply.short == "canceled -")
        #expect(world.replies[leg]?.at == 1_025)
        #expect(world.left("r")?.departure == (byDelete ? .roomDeleted : .participantRemoved))
        #expect(world.left("r")?.attributes["sip.callStatus"] == "ringing")
        #expect((world.network.rooms["r"] == nil) == byDelete)
    }

    @Test("A delete after the answer is a BYE")
    func afterTheAnswer() throws {
        var world = World()
        let leg = try world.dial(Self.answers)
        world.pass(1_000)
        try world.delete()
        world.pass(100)
        #expect(try world.leg(leg).since(\.byeAt) == 1_007)
        #expect(try world.leg(leg).cancelAt == nil)
        #expect(
            world.events("r") == ["room_started", "participant_joined sip", "participant_left sip", "room_finished"])
    }

    @Test("An answer between the delete and its CANCEL ends in a BYE, and the dial says either")
    func crossing() throws {
        var seen = Set<String>()
        for seed in 0..<20 {
            var world = World(NetworkSettings(seed: UInt64(seed)))
            let leg = try world.dial(Self.answers)
            world.pass(316)
            try world.delete()
            world.pass(1_000)
            let over = try world.leg(leg)
            #expect(over.since(\.answeredAt) == 318)
            #expect(over.since(\.byeAt) == 321)
            #expect(!over.isUp)
            seen.insert(try #require(world.replies[leg]).reply.short)
        }
        #expect(seen == ["placed", "canceled -"])
    }

    @Test("…0009 answers at the moment of its cancel, gets a BYE, and the dial says either")
    func answersWhenCancelled() throws {
        var seen = Set<String>()
        for seed in 0..<20 {
            var world = World(NetworkSettings(seed: UInt64(seed)))
            let leg = try world.dial("+15005550009")
            world.pass(1_000)
            try world.delete()
            world.pass(100)
            let over = try world.leg(leg)
            #expect(over.since(\.answeredAt) == 1_005)
            #expect(over.since(\.byeAt) == 1_009)
            #expect(!over.isUp)
            #expect(world.network.rooms.isEmpty)
            seen.insert(try #require(world.replies[leg]).reply.short)
        }
        #expect(seen == ["placed", "canceled -"])
    }

    @Test("…0008 rings on to its own limit of 20 s although everything else is over")
    func lostCancel() throws {
        var world = World()
        let leg = try world.dial("+15005550008")
        world.pass(1_000)
        try world.delete()
        world.pass(100)
        #expect(world.replies[leg]?.reply.short == "canceled -")
        #expect(world.network.rooms.isEmpty)
        #expect(try world.leg(leg).isUp)
        #expect(try world.leg(leg).cancelAt == nil)
        world.pass(18_900)
        #expect(try world.leg(leg).isUp)
        world.pass(100)
        #expect(try !world.leg(leg).isUp)
        #expect(world.events("r").filter { $0 == "participant_left sip" }.count == 1)
    }

    @Test("With autoCreate off a dial into a room that never was fails at once, without an INVITE")
    func noAutoCreate() throws {
        var world = World(NetworkSettings(autoCreate: false))
        let leg = try world.dial(Self.answers)
        world.pass(1_000)
        #expect(world.replies[leg]?.reply.short == "internal -")
        #expect(world.replies[leg]?.at == 25)
        #expect(try world.leg(leg).inviteAt == nil)
        #expect(world.network.rooms.isEmpty)
    }

    @Test("With autoCreate off an early delete does not stop the dial either, where the room had existed")
    func autoCreateDoesNotHelp() throws {
        var world = World(NetworkSettings(autoCreate: false, undeletableShare: 0))
        _ = try world.room()
        let leg = try world.dial(Self.answers)
        try world.delete()
        world.pass(1_000)
        #expect(try world.leg(leg).isUp)
        #expect(world.network.rooms["r"] != nil)
    }

    @Test("An agent on its way makes a deleted room anew")
    func lateAgent() throws {
        var world = World()
        _ = try world.dispatch()
        world.pass(10)
        try world.delete()
        world.pass(100)
        #expect(world.network.participants(of: "r").map(\.kind) == [.agent])
        #expect(world.events("r").filter { $0 == "room_started" }.count == 2)
    }
}

extension Refusal {
    static var noSuchRoomForTests: Refusal {
        Refusal(.notFound, "twirp error unknown: requested room does not exist")
    }
}
