/// How often a request that harms nobody when repeated is sent, all within the call's own timeout.
package struct RetryPolicy: Sendable, Hashable {
    /// The first one included.
    package var attempts: Int
    /// Before the second attempt; doubled before each further one.
    package var firstPause: Duration

    package init(attempts: Int, firstPause: Duration) {
        self.attempts = attempts
        self.firstPause = firstPause
    }

    /// Once only.
    package static let never = RetryPolicy(attempts: 1, firstPause: .zero)

    /// Three times, after 200 and 400 ms, as the official clients do.
    package static let standard = RetryPolicy(attempts: 3, firstPause: .milliseconds(200))

    /// The pause after the given attempt, counted from 1; `nil` when that was the last.
    func pause(after attempt: Int) -> Duration? {
        guard attempt < attempts else { return nil }
        return firstPause * (1 << min(attempt - 1, 16))
    }
}

extension LiveKitError {
    /// Whether a repetition has a chance: a fault of the transport, or of the server for a while.
    var isWorthRepeating: Bool {
        switch self {
        case .unreachable, .interrupted:
            return true
        case .answered(let error):
            // `unknown` is LiveKit's word for a fault without a code, "could not find object" above all, which no
            // repetition cures: the caller must do something else.
            return error.code != .unknown && Self.passing.contains(error.httpStatus)
        case .refused(let status, _):
            return Self.passing.contains(status)
        case .malformed:
            return false
        }
    }

    private static let passing: Set<Int> = [500, 502, 503, 504]
}
