import CallCore
import NIOConcurrencyHelpers

/// Rooms that this process must not dial into any more, though the disk does not say so: their hang-up could not be written down.
///
/// A dial first shows itself in `DialsOut` and then looks here; a hang-up first bars and then looks there. So one sees the other.
final class BarredRooms: Sendable {
    private let rooms = NIOLockedValueBox([RoomName: Moment]())

    func bar(_ room: RoomName, until end: Moment) {
        rooms.withLockedValue { $0[room] = end }
    }

    func contains(_ room: RoomName, at now: Moment) -> Bool {
        rooms.withLockedValue { rooms in
            guard !rooms.isEmpty else { return false }
            rooms = rooms.filter { $0.value > now }
            return rooms[room] != nil
        }
    }
}
