import LiveKit
import NIOConcurrencyHelpers
import Sandbox

/// A network whose time is moved by hand, and all that it said.
struct World {
    static let start: Int64 = 1_800_000_000_000

    var network: Network
    var news: [RoomNews] = []
    /// What a dial returned, and how long after the start.
    var replies: [Int: (at: Int64, reply: DialReply)] = [:]

    init(_ settings: NetworkSettings = NetworkSettings(), legLimit: Int = 100) {
        let ids = NIOLockedValueBox(0)
        network = Network(settings: settings, now: Self.start, legLimit: legLimit) { prefix in
            ids.withLockedValue { count in
                count += 1
                return "\(prefix)\(count)"
            }
        }
    }

    /// Milliseconds since the start.
    var now: Int64 { network.now - Self.start }

    /// Lets time pass, noting what was said at its own time.
    mutating func pass(_ milliseconds: Int64) {
        let end = network.now + milliseconds
        while let deadline = network.nextDeadline, deadline <= end {
            network.advance(to: deadline)
            listen()
        }
        network.advance(to: end)
        listen()
    }

    mutating func listen() {
        news += network.takeNews()
        for (leg, reply) in network.takeReplies() { replies[leg] = (now, reply) }
    }

    /// The events of a room in their order, without tracks.
    func events(_ room: String) -> [String] {
        news.filter { $0.room.name == room && !$0.event.rawValue.hasPrefix("track") }.map { news in
            guard let participant = news.participant else { return news.event.rawValue }
            return "\(news.event.rawValue) \(participant.kind)"
        }
    }

    func left(_ room: String) -> Participant? {
        news.last { $0.room.name == room && $0.event == .participantLeft && $0.participant?.kind == .sip }?.participant
    }

    mutating func room(_ name: String = "r") throws -> NetworkRoom {
        defer { listen() }
        return try network.createRoom(RoomRequest(name: name))
    }

    mutating func delete(_ name: String = "r") throws(Refusal) {
        defer { listen() }
        try network.deleteRoom(name)
    }

    mutating func dispatch(_ name: String = "r", metadata: String = "") throws -> Dispatch {
        defer { listen() }
        var agent = AgentRequest()
        agent.agentName = "anna"
        agent.metadata = metadata
        return try network.createDispatch(agent, room: name)
    }

    mutating func dial(
        _ number: String, room: String = "r", edit: (inout DialRequest) -> Void = { _ in }
    ) throws -> Int {
        defer { listen() }
        var request = DialRequest(trunkID: "ST_sandbox", number: number, roomName: room)
        request.identity = "phone"
        edit(&request)
        return try network.dial(request)
    }

    func leg(_ id: Int) throws -> Leg {
        guard let leg = network.legs[id] else { throw Missing() }
        return leg
    }

    struct Missing: Error {}
}

extension Leg {
    /// A time as milliseconds since the world's start.
    func since(_ time: KeyPath<Leg, Int64?>) -> Int64? { self[keyPath: time].map { $0 - World.start } }
}

extension DialReply {
    /// In short: "placed", or the code with the status that the phone sent.
    var short: String {
        switch self {
        case .placed: "placed"
        case .refused(let refusal): "\(refusal.error.code.name) \(refusal.sip.map { String($0.status) } ?? "-")"
        }
    }
}
