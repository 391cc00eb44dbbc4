import CallControl
import CallCore

/// Which calls a comparison looks at one by one, beside those that LiveKit's list gives cause for.
///
/// The list counts who is in a room besides voice agents, some seconds late: one is the phone, and then there is nothing to ask. But a
/// stranger may stand for a phone that is gone, and of the agent the list says nothing. So each call is looked at every third time
/// all the same, a third of them at a time; and all of them at the start and after a time in which nobody told us anything.
struct ComparisonRounds {
    private static let turns: UInt64 = 3

    private var number: UInt64 = 0
    private var looksAtAll = true
    /// Could not be looked at the last time.
    private var unseen: Set<RoomName> = []

    mutating func next(unseen: Set<RoomName>) {
        number += 1
        looksAtAll = false
        self.unseen = unseen
    }

    /// LiveKit was away: webhooks of that time will not come.
    mutating func nextAfterSilence() { looksAtAll = true }

    /// - Parameter listed: who is in the call's room by LiveKit's list; nil: there is no such room.
    func mustLook(at call: OpenCall, listed: Int?) -> Bool {
        // Whoever holds the dial tells its outcome, and what is only planned has nobody in its room.
        guard !call.dialIsOpen, call.attempt.dial != .planned else { return false }
        let room = call.attempt.room
        return looksAtAll || listed != 1 || call.status != .active || unseen.contains(room)
            || Self.share(of: room) == number % Self.turns
    }

    /// The same for a room every time, and evenly spread (FNV-1a).
    private static func share(of room: RoomName) -> UInt64 {
        room.rawValue.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } >> 32 % turns
    }
}
