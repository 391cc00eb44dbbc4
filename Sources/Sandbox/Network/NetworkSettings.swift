/// What can be set about the network from outside.
package struct NetworkSettings: Sendable, Equatable {
    /// Milliseconds from an accepted dial until its SIP participant stands in the room.
    package var joinDelay: Int64
    /// Milliseconds from a dispatch until its agent stands in the room.
    package var agentDelay: Int64
    /// Whether joining a room that is not there makes it.
    package var autoCreate: Bool
    /// The share of early-deleted calls whose room cannot be deleted afterwards.
    package var undeletableShare: Double
    /// Where all chance of the network starts.
    package var seed: UInt64

    package init(
        joinDelay: Int64 = 12, agentDelay: Int64 = 20, autoCreate: Bool = true, undeletableShare: Double = 0.19,
        seed: UInt64 = 1
    ) {
        self.joinDelay = joinDelay
        self.agentDelay = agentDelay
        self.autoCreate = autoCreate
        self.undeletableShare = undeletableShare
        self.seed = seed
    }
}
