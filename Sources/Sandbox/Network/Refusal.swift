package import LiveKit

/// An error answer in LiveKit's shape, and how long it takes.
package struct Refusal: Error, Sendable, Equatable {
    package var error: TwirpError
    /// Where the callee's side said no: what it said.
    package var sip: SIPOutcome?
    /// Milliseconds on the sandbox's clock before this answer goes out.
    package var after: Int64

    package init(_ code: TwirpError.Code, _ message: String, meta: [String: String] = [:], after: Int64 = 0) {
        error = TwirpError(code, message, meta: meta)
        self.after = after
    }

    /// An error that crossed LiveKit's message bus: its text then carries this prefix, whatever the code.
    static func fromBus(_ code: TwirpError.Code, _ text: String, after: Int64 = 0) -> Refusal {
        Refusal(code, "twirp error unknown: \(text)", after: after)
    }

    static func from(_ outcome: SIPOutcome) -> Refusal {
        var refusal = fromBus(outcome.code, "sip status: \(outcome.status): \(outcome.reason)")
        refusal.sip = outcome
        return refusal
    }

    static let noSuchRoom = fromBus(.notFound, "requested room does not exist")
    static let noSuchParticipant = fromBus(.notFound, "participant does not exist")
    static let noSuchTrunk = fromBus(.notFound, "requested sip trunk does not exist")
    static let noSuchDispatch = fromBus(.notFound, "agent dispatch does not exist")
    /// What is said of an undeletable room; this one does not cross the bus.
    static let noObject = Refusal(.unknown, "could not find object")
    /// Nobody listens on the room's topic; that takes three attempts of a second to find out.
    static let nobodyListens = fromBus(.unavailable, "no response from servers", after: 3_000)
    /// Both an unanswered phone and our own cancel.
    static let unanswered = fromBus(.canceled, "sip request timed out")
    static let tooLate = fromBus(.deadlineExceeded, "request timed out")
    static let joinRefused = fromBus(.internal, "update room failed: not found")
    static let joinLost = fromBus(.internal, "update room failed: could not connect after timeout")
    static let permissionsDenied = Refusal(.unauthenticated, "permissions denied")
    static let closing = Refusal(.unavailable, "the sandbox forgets its calls")
}
