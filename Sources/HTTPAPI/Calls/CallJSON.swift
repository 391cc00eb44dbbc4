import CallControl
import CallCore

extension JSONWriter {
    /// The members of one call, with LiveKit's view of its room while it is live.
    mutating func call(_ record: CallRecord, room: LiveRoomStatus?) {
        let call = record.call
        let attempts = call.attempts
        let latest = attempts.last
        let answeredAt = attempts.last { $0.answeredAt != nil }?.answeredAt
        let ending: Ending? = if case .ended(let ending) = call.phase { ending } else { nil }
        string("id", call.id.rawValue)
        string("status", call.status.rawValue)
        string("direction", "outbound")
        string("phoneNumber", call.contact.phone.e164)
        string("callerId", call.callerID?.e164)
        contact(call.contact)
        number("duration", talkSeconds(answeredAt, ending?.at))
        moment("scheduledAt", call.scheduledAt)
        moment("startedAt", attempts.first?.startedAt)
        moment("answeredAt", answeredAt)
        moment("endedAt", ending?.at)
        string("outcome", call.outcome)
        string("failureReason", ending?.failureReason?.rawValue)
        object("agent") { writer in
            writer.string("id", record.agent.id.rawValue)
            writer.string("name", record.agent.name)
            writer.string("type", "voice")
        }
        number("priority", call.priority)
        string("batchId", call.batch?.rawValue)
        null("summary")
        null("transcript")
        json("metadata", call.metadata ?? "{}")
        json("callMetadata", call.callMetadata)
        callWindows(record)
        retries(call.retries)
        string("roomId", latest?.livekit.room)
        string("roomName", latest?.room.rawValue)
        string("jobId", latest?.livekit.job)
        string("dispatchId", latest?.livekit.dispatch)
        string("sipParticipantId", latest?.livekit.participant)
        string("sipCallId", latest?.livekit.sipCall)
        null("recordingUrl")
        queue(record.queue)
        array("attempts", attempts) { $0.attempt($1) }
        termination(record.termination)
        cancellation(call.cancelledBy)
        moment("createdAt", call.createdAt)
        moment("updatedAt", call.updatedAt)
        if call.phase.attempt != nil { liveRoom(room) }
    }

    /// The members of one call in a list.
    mutating func summary(_ call: CallSummary) {
        string("id", call.id.rawValue)
        string("status", call.status.rawValue)
        string("direction", "outbound")
        moment("scheduledAt", call.scheduledAt)
        number("duration", talkSeconds(call.answeredAt, call.endedAt))
        string("outcome", call.outcome)
        object("agent") { writer in
            writer.string("id", call.agent.id.rawValue)
            writer.string("name", call.agent.name)
        }
        contact(call.contact)
        string("phoneNumber", call.contact.phone.e164)
        number("priority", call.priority)
        string("batchId", call.batch?.rawValue)
        moment("createdAt", call.createdAt)
        moment("endedAt", call.endedAt)
        string("twilioCallSid", call.carrierCall)
    }

    private mutating func contact(_ contact: Contact) {
        object("contact") { writer in
            writer.string("phone", contact.phone.e164)
            writer.string("name", contact.name)
            writer.string("email", contact.email)
        }
    }

    private mutating func queue(_ queue: CallRecord.Queue?) {
        guard let queue else { return null("queue") }
        object("queue") { writer in
            writer.string("state", queue.state.rawValue)
            writer.moment("nextAttemptAt", queue.nextAttemptAt)
            writer.number("position", queue.position)
            writer.array("heldBy", queue.heldBy) { $0.hold($1) }
        }
    }

    mutating func hold(_ hold: Hold) {
        object { writer in
            switch hold {
            case .inactiveAgent(let agent):
                writer.string("kind", "agent_inactive")
                writer.string("id", agent.rawValue)
            case .stop(let stop):
                writer.string("kind", "stop")
                writer.string("id", stop.rawValue)
            case .budget(let stop, _):
                writer.string("kind", "budget")
                writer.string("id", stop.rawValue)
            case .suppression(let suppression):
                writer.string("kind", "suppression")
                writer.string("id", suppression.rawValue)
            case .window(let owner):
                writer.string("kind", "window")
                writer.string("id", owner.id)
            case .number(let number, _, _):
                writer.string("kind", "limit")
                writer.string("id", number.e164)
            case .gate(let gate):
                writer.string("kind", "limit")
                writer.string("id", gate.id)
            }
        }
    }

    private mutating func attempt(_ attempt: Attempt) {
        object { writer in
            writer.number("number", attempt.number)
            writer.string("status", attempt.status.rawValue)
            writer.moment("startedAt", attempt.startedAt)
            writer.moment("ringingAt", attempt.ringingAt)
            writer.moment("answeredAt", attempt.answeredAt)
            writer.moment("endedAt", attempt.endedAt)
            writer.number("sipStatusCode", attempt.sipStatusCode)
            writer.string("failureReason", attempt.failureReason?.rawValue)
        }
    }

    private mutating func termination(_ termination: Termination?) {
        guard let termination else { return null("termination") }
        object("termination") { writer in
            writer.string("state", termination.state.rawValue)
            writer.moment("requestedAt", termination.requestedAt)
            writer.moment("verifiedAt", termination.verifiedAt)
            writer.number("attempts", termination.attempts)
            writer.string("lastError", termination.lastError)
        }
    }

    private mutating func cancellation(_ cancellation: Cancellation?) {
        guard let cancellation else { return null("cancelledBy") }
        object("cancelledBy") { writer in
            writer.string("keyId", cancellation.key.rawValue)
            writer.string("reason", cancellation.reason)
            writer.moment("at", cancellation.at)
        }
    }

    private mutating func liveRoom(_ room: LiveRoomStatus?) {
        guard let room else { return null("liveRoomStatus") }
        object("liveRoomStatus") { writer in
            writer.bool("roomExists", room.roomExists)
            writer.number("numParticipants", room.participants.count)
            writer.array("participants", room.participants) { writer, participant in
                writer.object { writer in
                    writer.string("identity", participant.identity)
                    writer.string("kind", participant.kind)
                    writer.string("state", participant.state)
                    writer.moment("joinedAt", participant.joinedAt)
                    writer.object("attributes") { writer in
                        for (name, value) in participant.attributes.sorted(by: { $0.key < $1.key }) {
                            writer.string(name, value)
                        }
                    }
                }
            }
        }
    }
}

/// Whole seconds from the answer to the end.
private func talkSeconds(_ answeredAt: Moment?, _ endedAt: Moment?) -> Int? {
    guard let answeredAt, let endedAt else { return nil }
    return Int(max(0, endedAt.since(answeredAt).milliseconds) / 1000)
}
