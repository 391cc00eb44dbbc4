import CallCore
import Testing

/// One call in each phase, and one of each event: what the tables are made of.
enum Samples {
    static let created = Moment(milliseconds: 1_772_366_400_000)
    static let now = created + .seconds(60)
    static let acme = OrganizationID(rawValue: "acme")
    static let room = RoomName(installation: "i1", call: CallID(rawValue: "call_1"), attempt: 1)
    static let active = Scene(agentIsActive: true)
    static let inactive = Scene(agentIsActive: false)

    static func cancellation(of organization: OrganizationID = acme) -> Cancellation {
        Cancellation(organization: organization, key: KeyID(rawValue: "key_1"), reason: nil, at: now)
    }

    static func waiting(retries: RetryPlan? = nil) throws -> Call {
        let phone = try #require(PhoneNumber("+15005550001"))
        return Call(
            id: CallID(rawValue: "call_1"), organization: acme, agent: AgentID(rawValue: "a"),
            contact: Contact(phone: phone), dueAt: created, createdAt: created, retries: retries)
    }

    /// The call after these events, each of which must be accepted.
    static func call(
        after events: [CallEvent], at moment: Moment = created, retries: RetryPlan? = nil
    ) throws -> Call {
        try call(try waiting(retries: retries), after: events, at: moment)
    }

    static func call(_ call: Call, after events: [CallEvent], at moment: Moment = created) throws -> Call {
        try events.reduce(call) { call, event in
            switch call.receiving(event, in: active, at: moment) {
            case .move(let next, _), .note(let next): next
            case .stay, .refuse: try #require(nil, "\(event) was not accepted in \(call.phase)")
            }
        }
    }

    static let send = CallEvent.sendDial(deadline: created + .seconds(34), LiveKitIDs(room: "RM_1"))
    static let answer = CallEvent.answered(LiveKitIDs(participant: "PA_1"), dialReturned: true)
    static let seenAnswer = CallEvent.answered(LiveKitIDs(participant: "PA_1"), dialReturned: false)
    static let hungUp = CallEvent.left(Departure(reason: .clientInitiated, wasAnswered: true))
    static let gone = CallEvent.left(Departure(reason: .unknown, wasAnswered: false))
    static let busy = CallEvent.failed(.answered(sip: 486))

    /// Every phase by name, with the way that leads there.
    static let phases: [(name: String, way: [CallEvent])] = [
        ("waiting", []),
        ("placing", [.lineFree(room)]),
        ("dialling", [.lineFree(room), send]),
        ("dialling, dial lost", [.lineFree(room), send, .dialLost]),
        ("ringing", [.lineFree(room), send, .ringing]),
        ("ringing, dial lost", [.lineFree(room), send, .ringing, .dialLost]),
        ("active", [.lineFree(room), send, .ringing, answer]),
        ("ended", [.lineFree(room), send, .ringing, answer, hungUp]),
    ]

    /// Every event by name, as it comes at the deadline of the dial.
    static let events: [(name: String, event: CallEvent)] = [
        ("cancel", .cancel(cancellation())),
        ("lineFree", .lineFree(room)),
        ("overdue", .overdue),
        ("agentUnavailable", .agentUnavailable),
        ("sendDial", send),
        ("unsent", .unsent),
        ("joined", .joined(LiveKitIDs(participant: "PA_2"))),
        ("ringing", .ringing),
        ("answered (dial returned)", answer),
        ("answered (seen)", seenAnswer),
        ("failed (busy)", busy),
        ("dialLost", .dialLost),
        ("deadlinePassed", .deadlinePassed),
        ("left (hung up)", hungUp),
        ("left (unknown)", gone),
        ("agentLeft", .agentLeft),
        ("agentPresent", .agentPresent),
        ("agentGone", .agentGone),
    ]
}
