import CallControl
import CallCore

extension CallRoutes {
    @Sendable
    func explain(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try callID(inquiry)
        let explanation = try await asking(.call, to: .readCalls) { () async throws(ControlError) in
            try await services.calls.explain(id, by: caller)
        }
        try caller.demand(.readCalls)
        try inquiry.refuseQuery()
        return Answer { $0.explanation(explanation) }
    }
}

extension JSONWriter {
    /// What holds a call, and when it will be dialled.
    mutating func explanation(_ explanation: Explanation) {
        let record = explanation.record
        string("id", record.call.id.rawValue)
        string("status", record.call.status.rawValue)
        string("state", explanation.state)
        string("summary", explanation.summary)
        array("holds", explanation.causes) { writer, cause in
            writer.object { writer in
                writer.string("kind", cause.kind)
                writer.string("id", cause.id)
                writer.string("detail", cause.detail(explanation))
            }
        }
        moment("nextAttemptAt", record.queue?.nextAttemptAt)
        number("position", record.queue?.position)
        moment("estimatedDialAt", explanation.estimatedDialAt)
        object("limits") { writer in
            let server = explanation.gates.first { $0.gate == .server }
            writer.number("maxLive", server?.limit.maxLive)
            writer.number("live", server?.live)
            writer.json("dialsPerSecond", server?.limit.callsPerSecond.map(\.asWritten))
            writer.array("gates", explanation.gates) { writer, load in
                writer.object { writer in
                    writer.string("kind", load.gate.kind)
                    writer.string("id", load.gate.id)
                    writer.json("callsPerSecond", load.limit.callsPerSecond.map(\.asWritten))
                    writer.moment("opensAt", load.limit.callsPerSecond.map { _ in load.opening })
                    writer.number("maxConcurrentCalls", load.limit.maxLive)
                    writer.number("live", load.live)
                }
            }
        }
    }
}

extension DialGate {
    fileprivate var kind: String {
        switch self {
        case .server: "server"
        case .organization: "organization"
        case .trunk: "trunk"
        case .agent: "agent"
        }
    }

    var id: String? {
        switch self {
        case .server: nil
        case .organization(let id): id.rawValue
        case .trunk(let id): id
        case .agent(let id): id.rawValue
        }
    }

    /// Whose limit it is, for people.
    fileprivate var owner: String {
        switch self {
        case .server: "on this server"
        case .organization: "of this organization"
        case .trunk(let id): "on the trunk \(id)"
        case .agent: "of this agent"
        }
    }
}

extension Explanation {
    fileprivate var state: String {
        if let queue = record.queue { return queue.state.rawValue }
        switch record.call.phase {
        case .waiting: return "ready"
        case .placing: return "placing"
        case .dialling: return "dialling"
        case .ringing: return "ringing"
        case .active: return "active"
        case .ended:
            let isSilent = record.termination.map { $0.state == .verified } ?? true
            return isSilent ? "over" : "hanging_up"
        }
    }

    /// One or two sentences for people.
    fileprivate var summary: String {
        switch record.call.phase {
        case .waiting: return waiting
        case .placing: return "Its room is being made and its agent is awaited; it has not been dialled."
        case .dialling(let attempt):
            return "It was dialled at \(attempt.dial.sentAt ?? attempt.startedAt); no ring has been heard yet."
        case .ringing(let attempt): return "The phone has been ringing since \(attempt.ringingAt ?? attempt.startedAt)."
        case .active(let attempt): return "It was answered at \(attempt.answeredAt ?? attempt.startedAt) and goes on."
        case .ended(let ending): return "It ended at \(ending.at) as \(ending.status.rawValue). \(hangUp)"
        }
    }

    private var waiting: String {
        let late = isTooLate ? " It is later than it may be: once nothing holds it, it fails as expired." : ""
        if let first = causes.first(where: { if case .hold = $0 { true } else { false } }) {
            return "It is held: \(first.detail(self)).\(late)"
        }
        let what = record.call.isRetrying ? "It waits for its retry" : "It waits"
        if let first = causes.first { return "\(what): \(first.detail(self)).\(before)\(late)" }
        return "It is due and is dialled next.\(before)\(late)"
    }

    /// How the attempt before ended.
    private var before: String {
        guard record.call.isRetrying, let last = record.call.attempts.last(where: { $0.status != .cancelled }),
            let end = last.endedAt
        else { return "" }
        let reason = last.failureReason.map { " (\($0.rawValue))" } ?? ""
        return " Attempt \(last.number) ended at \(end) as \(last.status.rawValue)\(reason)."
    }

    private var hangUp: String {
        switch record.termination {
        case nil: return "No phone of it was rung."
        case let termination? where termination.state == .verified:
            return "Its room and its phone are verified to be gone."
        case let termination?:
            let error = termination.lastError.map { ": \($0)" } ?? ""
            return "The hang-up is not verified after \(termination.attempts) tries\(error)."
        }
    }
}

extension Explanation.Cause {
    fileprivate var kind: String {
        switch self {
        case .hold(.inactiveAgent): "agent_inactive"
        case .hold(.stop): "stop"
        case .hold(.budget): "budget"
        case .hold(.suppression): "suppression"
        case .hold(.window): "window"
        case .hold(.number), .hold(.gate): "limit"
        case .schedule: "schedule"
        case .hangUp: "hang_up"
        case .limit: "limit"
        case .rate: "rate"
        }
    }

    fileprivate var id: String? {
        switch self {
        case .hold(.inactiveAgent(let agent)): agent.rawValue
        case .hold(.stop(let stop)), .hold(.budget(let stop, _)): stop.rawValue
        case .hold(.suppression(let suppression)): suppression.rawValue
        case .limit(let load), .rate(let load): load.gate.id
        case .hold(.window(let owner)): owner.id
        case .hold(.gate(let gate)): gate.id
        case .hold(.number(let number, _, _)): number.e164
        case .schedule, .hangUp: nil
        }
    }

    fileprivate func detail(_ explanation: Explanation) -> String {
        switch self {
        case .hold(.inactiveAgent): "its agent is inactive"
        case .hold(.stop(let stop)): "\(stop) is in force"
        case .hold(.budget(let stop, let until)):
            "its batch has spent its budget of the day; \(stop) is in force\(until.map { " until \($0)" } ?? "")"
        case .hold(.suppression(let suppression)):
            "its number is suppressed by \(suppression), which ends it in a moment"
        case .hold(.window(let owner)): "\(owner.possessive) is closed at this hour"
        case .hold(.number(_, let limit, let opening)):
            """
            its number was dialled as often as it may be, \(limit.dials == 1 ? "once" : "\(limit.dials) times") in \
            \(limit.window.interval), and may be dialled again at \(opening)
            """
        case .hold(.gate(let gate)): "no more calls \(gate.owner) may be begun now"
        case .schedule(let moment): "its time is \(moment)"
        case .hangUp: "the phone of its last attempt is not verified to be silent"
        case .limit(let load):
            "\(load.live) calls \(load.gate.owner) are live, and no more than \(load.limit.maxLive ?? 0) may be"
        case .rate(let load):
            """
            \((explanation.record.queue?.position ?? 1) - 1) calls go first, and no more than \
            \(load.limit.callsPerSecond?.asWritten ?? "any") a second \(load.gate.owner) are begun
            """
        }
    }
}
