/// What one seed came to.
package struct Verdict: Sendable {
    package let seed: UInt64
    /// The same for the same seed, always.
    package let hash: UInt64
    /// Promises that were broken, in the order in which they were; none in a good seed.
    package let faults: [String]
    /// The whole story, where it was asked for.
    package let lines: [String]
    /// Nothing went wrong in this seed but phones and people.
    package let isCalm: Bool
    /// From each accepted cancel's being asked for until its phone had fallen silent, in milliseconds.
    package let silences: [Int64]
    package let calls: Int
    /// Dials beyond the first one of their call.
    package let redials: Int
    /// Nil on a store that has no server.
    package let contention: Contention?
    package let jobs: Int
    /// On the simulated clock.
    package let milliseconds: Int64
}
