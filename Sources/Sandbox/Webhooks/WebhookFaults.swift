/// What goes wrong with webhooks, and how often.
package struct WebhookFaults: Sendable {
    /// One kind of fault with chances of its own, so that adding one does not change another's draws.
    package struct Fault: Sendable {
        package var probability: Double
        package var chance: SeededChance

        package init(probability: Double = 0, seed: UInt64 = 1) {
            self.probability = probability
            chance = SeededChance(seed: seed)
        }

        mutating func strikes() -> Bool { chance.strikes(probability) }
    }

    package var drop = Fault()
    package var duplicate = Fault()
    package var delay = Fault()
    package var reorder = Fault()
    /// Milliseconds that a delayed event holds up its room's queue.
    package var delayLength: Int64 = 1_000
    /// Milliseconds for which a reordered event steps aside while later ones pass.
    package var reorderLength: Int64 = 200

    package init() {}
}
