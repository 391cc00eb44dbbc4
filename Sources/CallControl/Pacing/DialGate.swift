package import CallCore

/// What calls pass on their way to a phone, each with limits of its own.
package enum DialGate: Hashable, Sendable {
    case server
    case organization(OrganizationID)
    /// A trunk of LiveKit's, whoever's agents call over it: a carrier counts its calls, not ours.
    case trunk(String)
    case agent(AgentID)

    var isTrunk: Bool { if case .trunk = self { true } else { false } }

    /// As it is stored and read.
    package var name: String {
        switch self {
        case .server: "server"
        case .organization(let id): "organization \(id.rawValue)"
        case .trunk(let id): "trunk \(id)"
        case .agent(let id): "agent \(id.rawValue)"
        }
    }
}

/// What may pass a gate; nil is unlimited.
package struct GateLimit: Sendable, Hashable {
    /// Dials begun in any second.
    package var callsPerSecond: Double?
    /// Calls with an attempt under way.
    package var maxLive: Int?
    /// Of an organization: how many turns it has where others have one; it limits nothing.
    package var weight = 1

    package static let weights = 1...100

    package init(callsPerSecond: Double? = nil, maxLive: Int? = nil, weight: Int = 1) {
        self.callsPerSecond = callsPerSecond
        self.maxLive = maxLive
        self.weight = weight
    }

    package var isNone: Bool { callsPerSecond == nil && maxLive == nil }
    package var rate: StartRate? { callsPerSecond.map(StartRate.init) }
}

/// A rate of starts: no window of this length may see more than so many.
package struct StartRate: Sendable, Hashable {
    package let count: Int
    package let window: Duration

    /// A rate below one is one start in a longer window; a broken one above it is rounded down, never up: carriers reject the
    /// surplus.
    package init(perSecond: Double) {
        count = max(1, Int(perSecond))
        let milliseconds = perSecond >= 1 ? 1000 : Int64((1000 / max(perSecond, 0.001)).rounded(.up))
        window = .milliseconds(milliseconds + Self.travel)
    }

    /// Milliseconds by which the ways of two dials to the carrier may differ: without them, a window would see one too many there.
    private static let travel: Int64 = 4

    /// Between two starts that are evenly spread, in microseconds.
    package var interval: Int64 { window.milliseconds * 1000 / Int64(count) }
}
