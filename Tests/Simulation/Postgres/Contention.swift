/// How often transactions got in each other's way, and lost their server.
package struct Contention: Sendable {
    /// Somebody waited for a lock that somebody else had.
    package var waits = 0
    /// They waited for each other, and the server ended one of them.
    package var circles = 0
    /// Whoever had it stood still, or waited itself: the wait was given up.
    package var timeouts = 0
    /// A connection broke.
    package var cuts = 0

    static func += (left: inout Contention, right: Contention) {
        left.waits += right.waits
        left.circles += right.circles
        left.timeouts += right.timeouts
        left.cuts += right.cuts
    }
}
