package import CallControl
package import NIOCore

/// All that the door needs from the house behind it.
package struct APIServices: Sendable {
    package var calls: Calls
    package var batches: Batches
    package var agents: Agents
    package var organizations: Organizations
    package var keys: Keys
    package var stops: Stops
    package var suppressions: Suppressions
    package var operations: Operations
    package var answers: Answers
    package var audit: Audit
    /// Takes LiveKit's webhooks, raw.
    package var reports: any PhoneReports
    package var clock: any WallClock
    package var identifiers: Identifiers
    package var limits: APILimits
    /// How many nodes serve beside each other, this one included: they share the rate that a key has.
    package var nodes: @Sendable () -> Int
    /// Said by /readyz: no call of this server reaches a telephone.
    package var phoneIsSandbox: Bool
    /// Whether calls can be taken now: the store answers.
    package var isReady: @Sendable () async -> Bool
    /// What `/metrics` shows, in Prometheus' text format; nil while the store is away.
    package var metrics: @Sendable () async -> String?

    package init(
        calls: Calls, batches: Batches, agents: Agents, organizations: Organizations, keys: Keys, stops: Stops,
        suppressions: Suppressions, operations: Operations, answers: Answers, audit: Audit, reports: any PhoneReports,
        clock: any WallClock = SystemClock(),
        identifiers: Identifiers = Identifiers(), limits: APILimits = APILimits(),
        nodes: @escaping @Sendable () -> Int = { 1 },
        phoneIsSandbox: Bool,
        isReady: @escaping @Sendable () async -> Bool, metrics: @escaping @Sendable () async -> String? = { "" }
    ) {
        self.calls = calls
        self.batches = batches
        self.agents = agents
        self.organizations = organizations
        self.keys = keys
        self.stops = stops
        self.suppressions = suppressions
        self.operations = operations
        self.answers = answers
        self.audit = audit
        self.reports = reports
        self.clock = clock
        self.identifiers = identifiers
        self.limits = limits
        self.nodes = nodes
        self.phoneIsSandbox = phoneIsSandbox
        self.isReady = isReady
        self.metrics = metrics
    }
}

/// How much a client may ask of the door.
package struct APILimits: Sendable, Equatable {
    /// Requests per second and key that may go on for ever, over all nodes; 0: no limit.
    package var rate: Double
    /// Requests that a key may send at once after a rest.
    package var burst: Int
    /// The largest body.
    package var bodyBytes = 1024 * 1024
    /// The largest body of a batch.
    package var batchBytes = 8 * 1024 * 1024
    /// From the last byte of the head to the last of the body.
    package var bodyTime: TimeAmount = .seconds(20)
    /// A connection without a request, or with half a head, is closed after this long.
    package var idleTime: TimeAmount = .seconds(60)
    /// A client that does not read its answer is left after this long.
    package var answerTime: TimeAmount = .seconds(30)
    /// All header fields together.
    package var headBytes = 32 * 1024
    /// Open connections; further ones wait in the system's queue.
    package var connections = 10_000

    package init(rate: Double = 100, burst: Int = 200) {
        self.rate = rate
        self.burst = burst
    }
}
