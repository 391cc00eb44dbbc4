import Sandbox
import Testing

@Suite struct NumberTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let number: String
        let ringingAt: Int64?
        let answeredAt: Int64?
        let byeAt: Int64?
        let up: Bool
        let reply: String?
        var testDescription: String { number }
    }

    /// With a join after 12 ms and an INVITE 5 ms later, seen after 15 s.
    static let rows = [
        Row(number: "+15005550001", ringingAt: 18, answeredAt: 318, byeAt: nil, up: true, reply: "placed"),
        Row(number: "+15005550002", ringingAt: 18, answeredAt: 318, byeAt: 2_318, up: false, reply: "placed"),
        Row(number: "+15005550003", ringingAt: 18, answeredAt: nil, byeAt: nil, up: true, reply: nil),
        Row(
            number: "+15005550004", ringingAt: nil, answeredAt: nil, byeAt: nil, up: false,
            reply: "resource_exhausted 486"),
        Row(
            number: "+15005550005", ringingAt: 18, answeredAt: nil, byeAt: nil, up: false,
            reply: "permission_denied 603"),
        Row(
            number: "+15005550006", ringingAt: nil, answeredAt: nil, byeAt: nil, up: false,
            reply: "failed_precondition 503"),
        Row(number: "+15005550007", ringingAt: nil, answeredAt: nil, byeAt: nil, up: false, reply: "not_found 404"),
        Row(number: "+15005550008", ringingAt: 18, answeredAt: nil, byeAt: nil, up: true, reply: nil),
        Row(number: "+15005550009", ringingAt: 18, answeredAt: nil, byeAt: nil, up: true, reply: nil),
        Row(number: "+15005550010", ringingAt: nil, answeredAt: 22, byeAt: 10_022, up: false, reply: "placed"),
        Row(number: "+15005550011", ringingAt: 18, answeredAt: 318, byeAt: nil, up: true, reply: "placed"),
        Row(number: "+15005550012", ringingAt: 18, answeredAt: 318, byeAt: 2_325, up: false, reply: "placed"),
        Row(number: "+15005550013", ringingAt: 3_013, answeredAt: 3_313, byeAt: nil, up: true, reply: "placed"),
    ]

    @Test("A number does what is documented", arguments: rows)
    func number(_ row: Row) throws {
        var world = World()
        _ = try world.dispatch()
        let leg = try world.dial(row.number)
        world.pass(15_000)
        let seen = try world.leg(leg)
        #expect(seen.since(\.ringingAt) == row.ringingAt)
        #expect(seen.since(\.answeredAt) == row.answeredAt)
        #expect(seen.since(\.byeAt) == row.byeAt)
        #expect(seen.isUp == row.up)
        #expect(world.replies[leg]?.reply.short == row.reply)
    }

    @Test(
        "Any other number rings a second and talks for a length of its own",
        arguments: ["+4930123456", "+15005559999", "anna"])
    func anyOther(number: String) throws {
        var lengths = Set<Int64>()
        for _ in 0..<2 {
            var world = World()
            let leg = try world.dial(number)
            world.pass(70_000)
            let seen = try world.leg(leg)
            let answered = try #require(seen.since(\.answeredAt))
            #expect(answered == 1_018)
            lengths.insert(try #require(seen.since(\.byeAt)) - answered)
        }
        #expect(lengths.count == 1)
        #expect((5_000...60_000).contains(try #require(lengths.first)))
    }

    @Test("Numbers without a script differ in their lengths")
    func lengthsDiffer() {
        let lengths = Set((0..<100).map { PhoneScript(number: "+4930\($0)").hangsUpAfter })
        #expect(lengths.count > 90)
    }

    struct Departing: Sendable, CustomTestStringConvertible {
        let number: String
        let departure: Departure
        let status: String
        var testDescription: String { number }
    }

    @Test(
        "The departure tells the reason and the last status",
        arguments: [
            Departing(number: "+15005550002", departure: .clientInitiated, status: "hangup"),
            Departing(number: "+15005550003", departure: .userUnavailable, status: "ringing"),
            Departing(number: "+15005550004", departure: .userRejected, status: "dialing"),
            Departing(number: "+15005550005", departure: .userRejected, status: "ringing"),
            Departing(number: "+15005550006", departure: .clientInitiated, status: "dialing"),
            Departing(number: "+15005550007", departure: .userUnavailable, status: "dialing"),
        ])
    func departures(_ row: Departing) throws {
        var world = World()
        let leg = try world.dial(row.number) { $0.ringingTimeout = 3_000 }
        world.pass(5_000)
        let left = try #require(world.left("r"))
        #expect(left.departure == row.departure)
        #expect(left.attributes["sip.callStatus"] == row.status)
        #expect(world.replies[leg] != nil)
        #expect(
            world.events("r") == ["room_started", "participant_joined sip", "participant_left sip"])
    }

    @Test("The participant is active while the phone still rings, and the status is among its attributes")
    func statuses() throws {
        var world = World()
        _ = try world.dial("+15005550001")
        func status() throws -> String? { try world.network.participant("phone", of: "r").attributes["sip.callStatus"] }
        world.pass(11)
        #expect(world.network.participants(of: "r").isEmpty)
        world.pass(5)
        #expect(try status() == "dialing")
        world.pass(50)
        #expect(try status() == "ringing")
        #expect(try world.network.participant("phone", of: "r").state == .active)
        world.pass(300)
        #expect(try status() == "active")
        // No webhook told of the answer.
        #expect(world.events("r") == ["room_started", "participant_joined sip"])
    }

    @Test("A departure is told before the dial's own answer")
    func order() throws {
        var world = World()
        let leg = try world.dial("+15005550004")
        world.pass(1_000)
        let left = try #require(world.news.first { $0.event == .participantLeft })
        #expect(left.at - World.start < (try #require(world.replies[leg]).at))
    }
}
