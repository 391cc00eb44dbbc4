import CallControl
import CallCore

/// A phone network in which every dial comes back at once, busy, and everything else is done as soon as it is asked for.
///
/// What is left of a call is what the server itself does for it.
struct BusyPhone: Phone {
    func prepare(_ order: DialOrder, mayBeRepeated: Bool) async throws(PhoneFailure) -> LiveKitIDs { LiveKitIDs() }
    func dial(_ order: DialOrder, leaving: @escaping @Sendable () -> Bool) async -> DialReturn {
        .failed(DialFailure(status: .busy, sipStatusCode: 486))
    }
    func look(_ room: RoomName) async throws(PhoneFailure) -> Sight { .absent }
    func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion { .deleted }
    func removePhone(_ room: RoomName) async throws(PhoneFailure) -> Bool { false }
    func remakeAndDelete(_ room: RoomName) async throws(PhoneFailure) {}
    func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool { true }
    func rooms(prefix: String) async throws(PhoneFailure) -> [ListedRoom] { [] }
    func survey(_ room: RoomName) async throws(PhoneFailure) -> RoomSurvey {
        RoomSurvey(phone: .absent, agentIsPresent: false)
    }
    func status(of room: RoomName) async throws(PhoneFailure) -> LiveRoomStatus {
        LiveRoomStatus(roomExists: false, participants: [])
    }
}
