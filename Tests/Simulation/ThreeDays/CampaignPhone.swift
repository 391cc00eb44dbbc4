import CallControl
import CallCore

/// Phones of which a share is busy, away or answers, and that write down when each was called.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class CampaignPhone: Phone, @unchecked Sendable {
    private let clock: SimulatedClock
    private let chance: Chance
    private let outage: CampaignPlan.Outage
    /// Hears of each room that is being made, of each dial as it leaves, and of its end.
    var onPrepare: (DialOrder) -> Void = { _ in }
    var onDial: (DialOrder, Moment) -> Void = { _, _ in }
    var onEnd: (DialOrder, CallStatus, FailureReason?, Moment) -> Void = { _, _, _, _ in }
    /// A phone hangs up so long after it has answered.
    var onAnswer: (RoomName, Duration) -> Void = { _, _ in }
    private var rooms: Set<RoomName> = []
    private var ringing: Set<RoomName> = []

    init(_ clock: SimulatedClock, _ chance: Chance, _ outage: CampaignPlan.Outage) {
        self.clock = clock
        self.chance = chance
        self.outage = outage
    }

    private static let trunkFails = 65

    func prepare(_ order: DialOrder, mayBeRepeated: Bool) async throws(PhoneFailure) -> LiveKitIDs {
        onPrepare(order)
        // Some voice agents take their time, so that others are begun meanwhile.
        let isSlow = order.agentName != nil && chance.strikes(0.4)
        await pause(.milliseconds(isSlow ? chance.draw(1_000...9_000) : chance.draw(3...30)))
        rooms.insert(order.room)
        return LiveKitIDs(room: "RM_\(order.room.rawValue)")
    }

    func dial(_ order: DialOrder, leaving: @escaping @Sendable () -> Bool) async -> DialReturn {
        guard leaving() else { return .failed(.internal) }
        onDial(order, clock.now)
        ringing.insert(order.room)
        let lot = outage.fails(order.call, at: clock.now) ? Self.trunkFails : chance.draw(0...99)
        let failure: DialFailure?
        switch lot {
        case 0..<30:
            await pause(.milliseconds(chance.draw(200...2_000)))
            failure = .answered(sip: 486)
        case 30..<65:
            await pause(order.ringingTimeout)
            failure = .notAnswered
        case 65..<70:
            await pause(.milliseconds(chance.draw(50...500)))
            failure = .answered(sip: 503)
        case 70..<73: failure = .answered(sip: 404)
        case 73..<75:
            await pause(.seconds(3))
            failure = .answered(sip: 603)
        default:
            await pause(.milliseconds(chance.draw(1_500...12_000)))
            failure = nil
        }
        ringing.remove(order.room)
        guard let failure else {
            let talk = Duration.milliseconds(chance.draw(2_000...60_000))
            onEnd(order, .completed, nil, clock.now)
            onAnswer(order.room, talk)
            return .answered(LiveKitIDs(participant: "PA"))
        }
        onEnd(order, failure.status, failure.reason, clock.now)
        return .failed(failure)
    }

    private func pause(_ duration: Duration) async { try? await clock.sleep(until: clock.now + duration) }

    func hangUp(_ room: RoomName) { rooms.remove(room) }

    func look(_ room: RoomName) async throws(PhoneFailure) -> Sight {
        rooms.contains(room) ? .present(ringing.contains(room) ? .ringing : .active, LiveKitIDs()) : .absent
    }
    func survey(_ room: RoomName) async throws(PhoneFailure) -> RoomSurvey {
        RoomSurvey(phone: try await look(room), agentIsPresent: true)
    }
    func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion {
        rooms.remove(room) == nil ? .absent : .deleted
    }
    func removePhone(_ room: RoomName) async throws(PhoneFailure) -> Bool { rooms.contains(room) }
    func remakeAndDelete(_ room: RoomName) async throws(PhoneFailure) { rooms.remove(room) }
    func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool { !rooms.contains(room) }
    func rooms(prefix: String) async throws(PhoneFailure) -> [ListedRoom] {
        rooms.map { ListedRoom(name: $0, participants: 1) }
    }
    func status(of room: RoomName) async throws(PhoneFailure) -> LiveRoomStatus {
        LiveRoomStatus(roomExists: rooms.contains(room), participants: [])
    }
}
