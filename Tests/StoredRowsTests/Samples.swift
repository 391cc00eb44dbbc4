import CallControl
import CallCore
import Testing

/// Values with something in every field.
enum Samples {
    static let now = Moment(milliseconds: 1_772_366_400_000)
    static let acme = OrganizationID(rawValue: "acme")
    static let caller = Caller(
        key: KeyID(rawValue: "key_1"), organization: acme, role: .operator, request: "req_1", address: "::1")

    static func phone() throws -> PhoneNumber { try #require(PhoneNumber("+15005550001")) }

    static func agent() throws -> Agent {
        Agent(
            id: AgentID(rawValue: "a"), organization: acme, name: "Zoë", status: .inactive, agentName: "zoe",
            instructions: "Be kind.", model: "m", config: "{}",
            phoneNumbers: [try phone(), try #require(PhoneNumber("+4930123"))], trunkID: "ST_1", ringingTimeout: 20,
            maxCallDuration: 600, callWindow: CallWindow(days: [.friday], start: 540, end: 60, zone: .utc),
            createdAt: now,
            updatedAt: now + .seconds(1))
    }

    static func call(_ phase: Phase, past: [Attempt] = []) throws -> Call {
        Call(
            id: CallID(rawValue: "call_1"), organization: acme, agent: AgentID(rawValue: "a"),
            batch: BatchID(rawValue: "batch_1"),
            contact: Contact(phone: try phone(), name: "Ann", email: "ann@example.com"), callerID: try phone(),
            priority: 2, scheduledAt: now - .seconds(5), dueAt: now, dueBefore: now - .seconds(1),
            createdAt: now - .seconds(9),
            metadata: #"{"a": 1}"#, callMetadata: #"{"b": 2}"#,
            windows: [
                CallWindow(days: [.monday], start: 0, end: 1440, zone: .utc),
                CallWindow(start: 600, end: 1200, zone: .utc, isAddition: true),
            ].compactMap(\.self), phase: phase, pastAttempts: past,
            cancelledBy: Cancellation(organization: acme, key: caller.key, reason: "enough", at: now),
            outcome: "talked", updatedAt: now + .seconds(1))
    }

    static func attempt(_ number: Int, dial: Dial = .planned) -> Attempt {
        var attempt = Attempt(
            number: number, room: RoomName(rawValue: "sb-t-call_1-\(number)"), startedAt: now)
        attempt.status = .ringing
        attempt.dial = dial
        attempt.ringingAt = now + .seconds(1)
        attempt.answeredAt = now + .seconds(2)
        attempt.endedAt = now + .seconds(3)
        attempt.sipStatusCode = 486
        attempt.failureReason = .declined
        attempt.livekit = LiveKitIDs(
            room: "RM", dispatch: "AD", job: "AJ", participant: "PA", sipCall: "SCL", carrierCall: "CA")
        attempt.departure = Departure(reason: .userRejected, wasAnswered: true)
        attempt.agentGoneSince = now + .seconds(4)
        return attempt
    }

    static let dials: [Dial] = [
        .planned, .out(sent: now, deadline: now + .seconds(9)), .lost(sent: now, deadline: now + .seconds(9)),
        .returned(sent: now),
    ]

    static let phases: [Phase] = [
        .waiting, .placing(attempt(2)), .dialling(attempt(2)), .ringing(attempt(2)), .active(attempt(2)),
        .ended(Ending(status: .failed, at: now, failureReason: .lost)), .ended(Ending(status: .noAnswer, at: now)),
    ]

    static func operation(_ target: CallControl.Operation.Target, _ live: Stop.Live = .hangup) -> CallControl.Operation
    {
        CallControl.Operation(
            id: OperationID(rawValue: "op_1"), organization: acme, kind: .cancel, target: target, live: live,
            queue: .hold, reason: "enough", requestedAt: now)
    }
}
