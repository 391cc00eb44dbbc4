import Sandbox
import Testing

@Suite struct RoomTests {
    @Test("CreateRoom of a live room returns it unchanged")
    func getOrCreate() throws {
        var world = World()
        let first = try world.room()
        var again = RoomRequest(name: "r")
        again.metadata = "new"
        #expect(try world.network.createRoom(again) == world.network.rooms["r"])
        #expect(world.network.rooms["r"]?.sid == first.sid)
        #expect(world.network.rooms["r"]?.metadata == "")
    }

    @Test("A deleted room's name makes a room with a new sid; a missing one is 404")
    func newSID() throws {
        var world = World()
        let first = try world.room()
        try world.delete()
        #expect(throws: Refusal.noSuchRoomForTests) { try world.delete() }
        #expect(try world.room().sid != first.sid)
        #expect(world.events("r") == ["room_started", "room_finished", "room_started"])
    }

    @Test("An empty room closes after its empty timeout, also with an agent in it")
    func emptyTimeout() throws {
        var world = World()
        var request = RoomRequest(name: "r")
        request.emptyTimeout = 3
        var agent = AgentRequest()
        agent.agentName = "anna"
        request.agents = [agent]
        _ = try world.network.createRoom(request)
        world.pass(2_999)
        #expect(world.network.participants(of: "r").map(\.kind) == [.agent])
        world.pass(1)
        #expect(world.network.rooms.isEmpty)
        #expect(
            world.events("r") == [
                "room_started", "participant_joined agent", "participant_left agent", "room_finished",
            ])
    }

    @Test("A room closes when its departure timeout has passed since the phone left; the agent goes with it")
    func departureTimeout() throws {
        var world = World()
        _ = try world.dispatch()
        _ = try world.dial("+15005550002")
        world.pass(20_000)
        #expect(world.network.participants(of: "r").map(\.kind) == [.agent])
        world.pass(5_000)
        #expect(world.network.rooms.isEmpty)
        #expect(
            world.events("r") == [
                "room_started", "participant_joined sip", "participant_joined agent", "participant_left sip",
                "participant_left agent", "room_finished",
            ])
        #expect(world.news.last { $0.participant?.kind == .agent }?.participant?.departure == .roomClosed)
    }

    @Test("The listed count of participants is up to five seconds old and leaves agents out")
    func laggingCount() throws {
        var world = World()
        _ = try world.dispatch()
        _ = try world.dial("+15005550001")
        world.pass(4_000)
        #expect(world.network.listRooms().map(\.listedCount) == [0])
        world.pass(1_000)
        #expect(world.network.listRooms(["r", "other", "r"]).map(\.listedCount) == [1])
        try world.network.removeParticipant("phone", of: "r")
        #expect(world.network.listRooms().map(\.listedCount) == [1])
        world.pass(5_000)
        #expect(world.network.listRooms().map(\.listedCount) == [0])
    }

    @Test("A second participant of one identity ends the call of the first")
    func duplicateIdentity() throws {
        var world = World()
        let first = try world.dial("+15005550001")
        world.pass(1_000)
        let second = try world.dial("+15005550001")
        world.pass(1_000)
        #expect(try !world.leg(first).isUp)
        #expect(try world.leg(second).isUp)
        #expect(world.left("r")?.departure == .duplicateIdentity)
    }

    @Test("An agent joins for a name, and only then; its job stands in the dispatch")
    func agents() throws {
        var world = World()
        let named = try world.dispatch("a")
        let away = try world.dispatch("b", metadata: #"{"phoneNumber": "+15005550011"}"#)
        _ = try world.room("c")
        world.pass(19)
        #expect(world.network.participants(of: "a").isEmpty)
        world.pass(1)
        #expect(world.network.participants(of: "a").map(\.kind) == [.agent])
        let job = try #require(try world.network.dispatches(of: "a", id: named.id).first?.job)
        #expect(job.identity == world.network.participants(of: "a").first?.identity)
        world.pass(10_000)
        #expect(world.network.participants(of: "b").isEmpty)
        #expect(try world.network.dispatches(of: "b", id: away.id).map(\.job) == [nil])
        #expect(world.network.participants(of: "c").isEmpty)
    }

    @Test("A deleted dispatch takes its agent out, or keeps it from coming")
    func deleteDispatch() throws {
        var world = World()
        let early = try world.dispatch()
        _ = try world.network.deleteDispatch(early.id, room: "r")
        world.pass(100)
        #expect(world.network.participants(of: "r").isEmpty)
        let late = try world.dispatch()
        world.pass(100)
        #expect(world.network.participants(of: "r").count == 1)
        _ = try world.network.deleteDispatch(late.id, room: "r")
        world.pass(100)
        #expect(world.network.participants(of: "r").isEmpty)
        #expect(throws: Refusal.self) { try world.network.deleteDispatch(late.id, room: "r") }
    }

    @Test("A reset forgets everything and sends waiting dials away")
    func reset() throws {
        var world = World()
        let leg = try world.dial("+15005550003")
        world.pass(1_000)
        world.network.reset(settings: NetworkSettings(joinDelay: 1), now: World.start)
        world.listen()
        #expect(world.replies[leg]?.reply.short == "unavailable -")
        #expect(world.network.rooms.isEmpty)
        #expect(world.network.legs.count == 0)
        #expect(world.network.nextDeadline == nil)
        let next = try world.dial("+15005550003")
        #expect(next != leg)
    }

    @Test("One long step tells the same story as many short ones")
    func steps() throws {
        func story(step: Int64) throws -> [String] {
            var world = World()
            _ = try world.dispatch()
            for last in 1...9 { _ = try world.dial("+1500555000\(last)") { $0.identity = "phone\(last)" } }
            for _ in 0..<(90_000 / step) {
                world.network.advance(to: world.network.now + step)
                world.listen()
            }
            return world.news.map { "\($0.at) \($0.event) \($0.participant?.identity ?? "")" }
        }
        let long = try story(step: 90_000)
        #expect(long.count > 30)
        #expect(try story(step: 1) == long)
    }

    @Test("Sixty dials a second for ten minutes are carried", .timeLimit(.minutes(1)))
    func load() throws {
        var world = World(legLimit: 1_000)
        for second in 0..<600 {
            for number in 0..<60 {
                _ = try world.dial("+1212\(second)\(number)", room: "r\(second)-\(number)")
            }
            world.pass(1_000)
            world.news = []
        }
        #expect(world.network.legs.liveCount > 1_000)
        #expect(world.network.legs.count <= 1_000 + world.network.legs.liveCount)
        // 36,000 longest durations of a day each would stand there otherwise.
        #expect(world.network.pendingTimers < 30_000)
    }
}
