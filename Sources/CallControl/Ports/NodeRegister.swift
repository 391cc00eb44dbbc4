package import CallCore

/// Where the nodes that share a store say that they serve, so that each can take its share of what is limited over all.
package protocol NodeRegister: Sendable {
    /// Says that a node serves until then, and returns how many do, itself included; a node leaves by saying until `now`.
    ///
    /// Where the store is nobody else's, that is always 1. At least 1.
    func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Int
}
