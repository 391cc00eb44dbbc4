import LiveKit
import Sandbox
import SwiftProtobuf

/// LiveKit and the phones behind it, on the scheduler's clock: the sandbox's own network.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class PhoneWorld: @unchecked Sendable {
    typealias Respond = @Sendable (Result<any Message, Refusal>) -> Void

    private let scheduler: Scheduler
    private var network: Network
    private var dials: [Int: Respond] = [:]
    private var alarmAt: Int64?
    /// Hears what webhooks would tell.
    var onNews: @Sendable (RoomNews) -> Void = { _ in }

    init(_ scheduler: Scheduler, settings: NetworkSettings) {
        self.scheduler = scheduler
        let ids = Counter()
        network = Network(settings: settings, now: scheduler.now, legLimit: 1_000) { prefix in
            "\(prefix)\(ids.next())"
        }
    }

    /// Looks at everything as it is now.
    var view: Network {
        catchUp()
        return network
    }

    /// Carries a request out now; `respond` gets what LiveKit says, for a dial when it returns.
    func carryOut(_ request: LiveKitRequest, timeout: Int64?, respond: @escaping Respond) {
        network.advance(to: scheduler.now)
        do throws(Refusal) {
            if let reply = try answer(request, timeout, respond) { respond(.success(reply)) }
        } catch {
            respond(.failure(error))
        }
        catchUp()
    }

    /// Somebody else deletes a room: an agent that ends its call, an operator.
    func deleteRoomFromOutside(_ room: String) {
        network.advance(to: scheduler.now)
        try? network.deleteRoom(room)
        catchUp()
    }

    /// The voice agent of a room goes home.
    func sendAgentAway(_ room: String) {
        network.advance(to: scheduler.now)
        for dispatch in (try? network.dispatches(of: room)) ?? [] {
            _ = try? network.deleteDispatch(dispatch.id, room: room)
        }
        catchUp()
    }

    /// A room of another application, with somebody in it who stays.
    func openForeignRoom(_ name: String) {
        var request = RoomRequest(name: name)
        request.emptyTimeout = 1_000_000
        _ = try? network.createRoom(request)
        catchUp()
    }

    private func answer(
        _ request: LiveKitRequest, _ timeout: Int64?, _ respond: @escaping Respond
    ) throws(Refusal) -> (any Message)? {
        switch request {
        case .createRoom(let message): return try network.createRoom(RoomRequest(message)).message
        case .listRooms(let message):
            var reply = LKListRoomsResponse()
            reply.rooms = network.listRooms(message.names).map(\.message)
            return reply
        case .deleteRoom(let room):
            try network.deleteRoom(room)
            return LKDeleteRoomResponse()
        case .listParticipants(let room):
            var reply = LKListParticipantsResponse()
            reply.participants = network.participants(of: room).map(\.message)
            return reply
        case .getParticipant(let message): return try network.participant(message.identity, of: message.room).message
        case .removeParticipant(let message):
            try network.removeParticipant(message.identity, of: message.room)
            return LKRemoveParticipantResponse()
        case .createDispatch(let message):
            var agent = AgentRequest()
            agent.agentName = message.agentName
            agent.metadata = message.metadata
            return try network.createDispatch(agent, room: message.room).message(room: message.room)
        case .listDispatch(let room):
            var reply = LKListAgentDispatchResponse()
            reply.agentDispatches = try network.dispatches(of: room).map { $0.message(room: room) }
            return reply
        case .dial(let message):
            dials[try network.dial(DialRequest(message, timeout: timeout))] = respond
            return nil
        }
    }

    private func catchUp() {
        network.advance(to: scheduler.now)
        for news in network.takeNews() { onNews(news) }
        for (leg, reply) in network.takeReplies() {
            guard let respond = dials.removeValue(forKey: leg) else { continue }
            switch reply {
            case .placed(let sid, let identity, let room, let sipCallID):
                respond(.success(LiveKitRequest.placed(sid, identity, room, sipCallID)))
            case .refused(let refusal): respond(.failure(refusal))
            }
        }
        guard let next = network.nextDeadline, next != alarmAt else { return }
        if let alarmAt, alarmAt > scheduler.now, alarmAt <= next { return }
        alarmAt = next
        scheduler.alarm(at: next) { [weak self] in
            guard let self else { return }
            if self.alarmAt == next { self.alarmAt = nil }
            self.catchUp()
        }
    }
}

/// Counts from one.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Counter: @unchecked Sendable {
    private var count = 0
    func next() -> Int {
        count += 1
        return count
    }
}
