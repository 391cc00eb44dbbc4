import CallControl
import CallCore
import NIOConcurrencyHelpers

/// The real phone, and a signal at the moment at which a dial is sent.
final class DialSpy: Phone {
    private struct State {
        var sent: [CallID: Int] = [:]
        var waiters: [CallID: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let phone: any Phone
    private let state = NIOLockedValueBox(State())

    init(_ phone: any Phone) { self.phone = phone }

    /// How often a dial left for this call.
    func dials(of call: CallID) -> Int { state.withLockedValue { $0.sent[call] ?? 0 } }

    /// Returns when the call's first dial is being sent.
    func dialSent(of call: CallID) async {
        await withCheckedContinuation { continuation in
            let sent = state.withLockedValue { state in
                if state.sent[call] != nil { return true }
                state.waiters[call, default: []].append(continuation)
                return false
            }
            if sent { continuation.resume() }
        }
    }

    func dial(_ order: DialOrder, leaving: @escaping @Sendable () -> Bool) async -> DialReturn {
        let waiters = state.withLockedValue { state in
            state.sent[order.call.id, default: 0] += 1
            return state.waiters.removeValue(forKey: order.call.id) ?? []
        }
        for waiter in waiters { waiter.resume() }
        return await phone.dial(order, leaving: leaving)
    }

    func prepare(_ order: DialOrder, mayBeRepeated: Bool) async throws(PhoneFailure) -> LiveKitIDs {
        try await phone.prepare(order, mayBeRepeated: mayBeRepeated)
    }
    func look(_ room: RoomName) async throws(PhoneFailure) -> Sight { try await phone.look(room) }
    func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion { try await phone.deleteRoom(room) }
    func removePhone(_ room: RoomName) async throws(PhoneFailure) -> Bool { try await phone.removePhone(room) }
    func remakeAndDelete(_ room: RoomName) async throws(PhoneFailure) { try await phone.remakeAndDelete(room) }
    func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool { try await phone.isGone(room) }
    func rooms(prefix: String) async throws(PhoneFailure) -> [ListedRoom] { try await phone.rooms(prefix: prefix) }
    func survey(_ room: RoomName) async throws(PhoneFailure) -> RoomSurvey { try await phone.survey(room) }
    func status(of room: RoomName) async throws(PhoneFailure) -> LiveRoomStatus { try await phone.status(of: room) }
}
