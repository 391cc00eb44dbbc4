import LiveKit
import Sandbox
import Testing

/// What ends a dial or a call by itself.
@Suite struct LimitTests {
    static let rings = "+15005550003"

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let edit: @Sendable (inout DialRequest) -> Void
        let cancelAt: Int64
        let reply: String
        let replyAt: Int64
        var testDescription: String { name }
    }

    @Test(
        "An unanswered phone gets its CANCEL at the first limit that is reached",
        arguments: [
            Row(
                name: "ringing timeout, from the INVITE", edit: { $0.ringingTimeout = 3_000 }, cancelAt: 3_017,
                reply: "canceled -", replyAt: 3_027),
            Row(
                name: "the caller's time allowance, from the dial", edit: { $0.timeout = 2_000 }, cancelAt: 2_000,
                reply: "deadline_exceeded -", replyAt: 2_000),
            Row(
                name: "the server's 80 s", edit: { $0.ringingTimeout = 85_000 }, cancelAt: 80_000,
                reply: "deadline_exceeded -", replyAt: 80_000),
            Row(
                name: "a longer allowance does not stretch the 80 s", edit: { $0.timeout = 100_000 }, cancelAt: 80_000,
                reply: "deadline_exceeded -", replyAt: 80_000),
            Row(
                name: "the longest duration bounds ringing, too",
                edit: {
                    $0.maxCallDuration = 4_000
                    $0.ringingTimeout = 20_000
                }, cancelAt: 4_000, reply: "canceled -", replyAt: 4_010),
        ])
    func ringing(_ row: Row) throws {
        var world = World()
        let leg = try world.dial(Self.rings, edit: row.edit)
        world.pass(row.cancelAt - 1)
        #expect(try world.leg(leg).isUp)
        world.pass(20_000)
        #expect(try world.leg(leg).since(\.cancelAt) == row.cancelAt)
        #expect(try !world.leg(leg).isUp)
        #expect(world.replies[leg]?.reply.short == row.reply)
        #expect(world.replies[leg]?.at == row.replyAt)
        #expect(world.left("r")?.departure == .userUnavailable)
    }

    @Test("A dial that does not wait returns at once and rings for three minutes")
    func withoutWaiting() throws {
        var world = World()
        let leg = try world.dial(Self.rings) { $0.waitsForAnswer = false }
        world.pass(100)
        #expect(world.replies[leg]?.reply.short == "placed")
        #expect(world.replies[leg]?.at == 17)
        world.pass(179_000)
        #expect(try world.leg(leg).isUp)
        world.pass(1_000)
        #expect(try world.leg(leg).since(\.cancelAt) == 180_017)
    }

    @Test("A dial that does not wait is placed also where the phone is busy")
    func busyWithoutWaiting() throws {
        var world = World()
        let leg = try world.dial("+15005550004") { $0.waitsForAnswer = false }
        world.pass(1_000)
        #expect(world.replies[leg]?.reply.short == "placed")
        #expect(world.left("r")?.departure == .userRejected)
    }

    @Test("The longest duration of an answered call counts from the dial")
    func longestDuration() throws {
        var world = World()
        let leg = try world.dial("+15005550001") { $0.maxCallDuration = 5_000 }
        world.pass(10_000)
        #expect(try world.leg(leg).since(\.byeAt) == 5_000)
        #expect(world.left("r")?.departure == .clientInitiated)
        #expect(world.left("r")?.attributes["sip.callStatus"] == "hangup")
    }

    @Test("An allowance that is over before the INVITE stops the call")
    func shortAllowance() throws {
        var world = World()
        let leg = try world.dial("+15005550001") { $0.timeout = 5 }
        world.pass(1_000)
        #expect(world.replies[leg]?.reply.short == "deadline_exceeded -")
        #expect(try world.leg(leg).inviteAt == nil)
    }

    @Test("An answered call outlives the allowance of its dial")
    func answeredInTime() throws {
        var world = World()
        let leg = try world.dial("+15005550001") { $0.timeout = 1_000 }
        world.pass(100_000)
        #expect(try world.leg(leg).isUp)
    }

    @Test(
        "A wrong dial is refused at once",
        arguments: [
            (DialRequest(trunkID: "ST_other", number: "+1", roomName: "r"), "not_found"),
            (DialRequest(trunkID: "ST_sandbox", number: "", roomName: "r"), "invalid_argument"),
            (DialRequest(trunkID: "ST_sandbox", number: "a@b", roomName: "r"), "invalid_argument"),
            (DialRequest(trunkID: "ST_sandbox", number: "+1", roomName: ""), "invalid_argument"),
        ])
    func refused(_ request: DialRequest, code: String) {
        var world = World()
        let error = #expect(throws: Refusal.self) { try world.network.dial(request) }
        #expect(error?.error.code.name == code)
        #expect(error?.sip == nil)
    }

    @Test("Only the newest legs are remembered, but all that are alive")
    func bounded() throws {
        var world = World(legLimit: 10)
        let alive = try world.dial("+15005550001", room: "alive")
        for number in 0..<50 {
            _ = try world.dial("+15005550004", room: "r\(number)")
            world.pass(1_000)
        }
        #expect(world.network.legs.count == 11)
        #expect(world.network.legs.liveCount == 1)
        #expect(try world.leg(alive).isUp)
        #expect(world.network.legs.find(room: "r0").isEmpty)
        #expect(world.network.legs.find(number: "+15005550004").count == 10)
    }
}
