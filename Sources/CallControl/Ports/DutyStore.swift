package import CallCore

/// Where nodes see who does what, and whether there is something to do.
package protocol DutyStore: Sendable {
    /// Takes or keeps a duty that one node does for all; false: another has it until its time is over.
    func take(_ duty: Duty, by node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Bool
    /// When there is something to do next.
    func nextWakes() async throws(StoreFailure) -> Wakes
}

/// What one node does for all that share a store.
package enum Duty: String, Sendable, CaseIterable {
    /// The comparison of open calls with LiveKit's rooms.
    case comparison
    /// The purge of calls that have been over for long.
    case retention
}
