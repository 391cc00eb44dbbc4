import LiveKit
import Sandbox
import Testing

/// Rooms that DeleteRoom cannot find although somebody talks in them.
@Suite struct UndeletableTests {
    /// A call whose room was deleted early and came back undeletable, of the wanted kind.
    static func call(_ kind: NetworkRoom.Undeletable) throws -> (world: World, leg: Int) {
        for seed in 0..<200 {
            var world = World(NetworkSettings(undeletableShare: 1, seed: UInt64(seed)))
            _ = try world.room()
            let leg = try world.dial("+15005550001") { $0.maxCallDuration = 60_000 }
            try world.delete()
            world.pass(1_000)
            if world.network.rooms["r"]?.undeletable == kind { return (world, leg) }
        }
        throw World.Missing()
    }

    @Test("DeleteRoom says 500 unknown as often as it is asked, while the list shows an empty room and the phone talks")
    func trap() throws {
        var (world, leg) = try Self.call(.freeable)
        for _ in 0..<5 {
            #expect(throws: Refusal(.unknown, "could not find object")) { try world.delete() }
        }
        world.pass(10_000)
        #expect(try world.leg(leg).isUp)
        #expect(world.network.listRooms(["r"]).map(\.listedCount) == [0])
        #expect(world.network.participants(of: "r").map(\.identity) == ["phone"])
    }

    @Test("RemoveParticipant frees it")
    func remove() throws {
        var (world, leg) = try Self.call(.freeable)
        try world.network.removeParticipant("phone", of: "r")
        world.pass(100)
        #expect(try !world.leg(leg).isUp)
        try world.delete()
        #expect(world.network.rooms.isEmpty)
    }

    @Test("CreateRoom and then DeleteRoom free it")
    func createAndDelete() throws {
        var (world, leg) = try Self.call(.freeable)
        _ = try world.room()
        try world.delete()
        world.pass(100)
        #expect(try !world.leg(leg).isUp)
        #expect(world.network.rooms.isEmpty)
    }

    @Test("A stubborn one ends by its longest duration only, which counts from the dial")
    func stubborn() throws {
        var (world, leg) = try Self.call(.stubborn)
        #expect(throws: Refusal.self) { try world.network.removeParticipant("phone", of: "r") }
        #expect(throws: Refusal.self) { try world.delete() }
        _ = try world.room()
        try world.delete()
        #expect(world.network.rooms.isEmpty)
        #expect(throws: Refusal.self) { try world.network.participant("phone", of: "r") }
        world.pass(58_999)
        #expect(try world.leg(leg).isUp)
        world.pass(1)
        #expect(try !world.leg(leg).isUp)
        #expect(try world.leg(leg).since(\.byeAt) == 60_000)
    }

    @Test("About one early-deleted call in five is affected, and ten of eleven of these can be freed")
    func shares() throws {
        var world = World()
        var undeletable = 0
        var stubborn = 0
        for number in 0..<2_000 {
            let name = "r\(number)"
            _ = try world.room(name)
            _ = try world.dial("+15005550001", room: name)
            try world.delete(name)
            world.pass(20)
            if let kind = world.network.rooms[name]?.undeletable {
                undeletable += 1
                if kind == .stubborn { stubborn += 1 }
            }
        }
        #expect((320...440).contains(undeletable))
        #expect((18...55).contains(stubborn))
    }
}
