/// What a customer is told of a call, and what its history shows: the names of the API's events.
package enum Notice: String, Sendable, CaseIterable {
    case created = "call.created"
    case connecting = "call.connecting"
    case ringing = "call.ringing"
    case answered = "call.answered"
    case completed = "call.completed"
    case failed = "call.failed"
    case noAnswer = "call.no_answer"
    case busy = "call.busy"
    case cancelled = "call.cancelled"
    case retrying = "call.retrying"
    case terminationVerified = "call.termination_verified"
    case terminationStuck = "call.termination_stuck"

    /// The notice that a change of a call makes; nil where the outside sees no change.
    package init?(from old: Call, to new: Call) {
        guard old.status != new.status else { return nil }
        switch new.status {
        case .initiated:
            // An attempt that was withdrawn was none.
            guard new.countedAttempts.count > old.countedAttempts.count else { return nil }
            self = .retrying
        case .connecting: self = .connecting
        case .ringing: self = .ringing
        case .active: self = .answered
        case .completed: self = .completed
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        case .noAnswer: self = .noAnswer
        case .busy: self = .busy
        }
    }

    /// The status that a call has from then on; nil where the notice is not about its status.
    package var status: CallStatus? {
        switch self {
        case .created, .retrying: .initiated
        case .connecting: .connecting
        case .ringing: .ringing
        case .answered: .active
        case .completed: .completed
        case .failed: .failed
        case .noAnswer: .noAnswer
        case .busy: .busy
        case .cancelled: .cancelled
        case .terminationVerified, .terminationStuck: nil
        }
    }
}
