package import CallCore

/// Where the nodes that share a store say that they serve: each takes its share of what is limited over all, and all have the same
/// phones.
package protocol NodeRegister: Sendable {
    /// Lets a node serve if open calls and other nodes are where its phones are; then that is where calls live.
    ///
    /// One transaction: of two that begin at the same time with different phones, one is refused.
    func join(_ joining: Joining, at now: Moment) async throws(StoreFailure) -> Joined

    /// Says that a node serves until then; it leaves by saying until `now`.
    ///
    /// Where the store is nobody else's, it is always alone.
    func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Roll
}

/// A node that wants to serve.
package struct Joining: Sendable {
    package let node: String
    package let livekitAddress: String
    /// False: its phones are inside of its process.
    package let othersReachIt: Bool
    /// Calls that are open elsewhere are looked for here from now on.
    package let adopts: Bool
    package let until: Moment

    package init(_ node: String, livekitAddress: String, othersReachIt: Bool, adopts: Bool, until: Moment) {
        self.node = node
        self.livekitAddress = livekitAddress
        self.othersReachIt = othersReachIt
        self.adopts = adopts
        self.until = until
    }
}

package enum Joined: Sendable, Equatable {
    case served(Roll)
    /// Other nodes serve with phones that are not this one's.
    case othersAreAt(String)
    /// So many calls with an attempt under way and terminations that are not verified are at another address.
    case openWork(Int, at: String)
}

/// The nodes of a store at a moment.
package struct Roll: Sendable, Equatable {
    /// How many serve, the one that asks included: at least 1.
    package let nodes: Int
    /// Where calls live; nil: nobody has ever served.
    package let livekitAddress: String?

    package init(nodes: Int, livekitAddress: String?) {
        self.nodes = nodes
        self.livekitAddress = livekitAddress
    }
}
