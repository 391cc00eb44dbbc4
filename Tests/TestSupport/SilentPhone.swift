package import CallControl
package import CallCore
import NIOConcurrencyHelpers

/// A phone network with nothing in it: rooms are absent and dials come back unknown, unless a test says otherwise.
package final class SilentPhone: Phone {
    private struct State {
        var status: @Sendable (RoomName) async throws(PhoneFailure) -> LiveRoomStatus = { _ throws(PhoneFailure) in
            LiveRoomStatus(roomExists: false, participants: [])
        }
    }

    private let state = NIOLockedValueBox(State())

    package init() {}

    /// How it answers from now on when it is asked for a room's status.
    package func showRooms(_ status: @escaping @Sendable (RoomName) async throws(PhoneFailure) -> LiveRoomStatus) {
        state.withLockedValue { $0.status = status }
    }

    package func prepare(_ order: DialOrder, mayBeRepeated: Bool) async throws(PhoneFailure) -> LiveKitIDs {
        LiveKitIDs()
    }
    package func dial(_ order: DialOrder, leaving: @escaping @Sendable () -> Bool) async -> DialReturn {
        .unknown("silent")
    }
    package func look(_ room: RoomName) async throws(PhoneFailure) -> Sight { .absent }
    package func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion { .absent }
    package func removePhone(_ room: RoomName) async throws(PhoneFailure) -> Bool { false }
    package func remakeAndDelete(_ room: RoomName) async throws(PhoneFailure) {}
    package func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool { true }
    package func rooms(prefix: String) async throws(PhoneFailure) -> [ListedRoom] { [] }
    package func survey(_ room: RoomName) async throws(PhoneFailure) -> RoomSurvey {
        RoomSurvey(phone: .absent, agentIsPresent: false)
    }

    package func status(of room: RoomName) async throws(PhoneFailure) -> LiveRoomStatus {
        try await state.withLockedValue { $0.status }(room)
    }
}
