import CallCore
import NIOConcurrencyHelpers

/// The rooms whose dial this process has sent and still waits for.
final class DialsOut: Sendable {
    private let rooms = NIOLockedValueBox(Set<RoomName>())

    func insert(_ room: RoomName) { rooms.withLockedValue { _ = $0.insert(room) } }
    func remove(_ room: RoomName) { rooms.withLockedValue { _ = $0.remove(room) } }
    func contains(_ room: RoomName) -> Bool { rooms.withLockedValue { $0.contains(room) } }
}
