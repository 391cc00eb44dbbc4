import CallControl
import CallCore
import HTTPTypes

/// The routes under `/api/v1/calls`.
struct CallRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(.post, "/api/v1/calls/schedule", .keyed(schedule), keeping: Self.scheduled),
            Route(.post, "/api/v1/calls/outbound", .keyed(outbound), keeping: Self.queued),
            Route(.get, "/api/v1/calls", .keyed(list)),
            Route(.get, "/api/v1/calls/{id}", .keyed(get)),
            Route(.get, "/api/v1/calls/{id}/events", .keyed(events)),
            Route(.get, "/api/v1/calls/{id}/explain", .keyed(explain)),
            Route(.patch, "/api/v1/calls/{id}", .keyed(amend), keeping: Self.amended),
            Route(.delete, "/api/v1/calls/{id}", .unlimited(cancel), keeping: Self.cancelled),
        ]
    }

    @Sendable static func scheduled(_ done: Done) -> Answer {
        Answer(.created, done, message: "Call scheduled successfully")
    }

    @Sendable static func queued(_ done: Done) -> Answer { Answer(.created, done, message: "Call queued successfully") }
    @Sendable static func cancelled(_ done: Done) -> Answer {
        Answer(.ok, done, message: "Call cancelled successfully")
    }

    @Sendable
    private func schedule(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.scheduleCalls)
        let input = try OrderInput(scheduled: try await inquiry.requiredJSON(), at: services.clock.now)
        return try await accept(input, inquiry, caller, Self.scheduled)
    }

    @Sendable
    private func outbound(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.scheduleCalls)
        let input = try OrderInput(outbound: try await inquiry.requiredJSON())
        return try await accept(input, inquiry, caller, Self.queued)
    }

    private func accept(
        _ input: OrderInput, _ inquiry: Inquiry, _ caller: Caller, _ answer: (Done) -> Answer
    ) async throws(APIError) -> Answer {
        let faults = input.faults + inquiry.query().faults
        guard faults.isEmpty, let order = input.order else {
            // An agent that is not there, or not the caller's, comes before what is wrong with the rest.
            if let agent = input.agent {
                _ = try await asking(.agent, to: .readAgents) { () async throws(ControlError) in
                    try await services.agents.get(agent, by: caller)
                }
            }
            throw .invalid(faults)
        }
        let record: CallRecord
        do {
            record = try await services.calls.schedule(order, by: caller)
        } catch {
            throw APIError(error, about: .agent, doing: .scheduleCalls, phone: input.phone)
        }
        return answer(.scheduled(record))
    }

    @Sendable
    private func get(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try callID(inquiry)
        let record = try await asking(.call, to: .readCalls) { () async throws(ControlError) in
            try await services.calls.look(at: id, by: caller)
        }
        try caller.demand(.readCalls)
        try inquiry.refuseQuery()
        let room = record.call.phase.attempt == nil ? nil : await services.calls.liveRoom(of: record.call)
        return Answer(capacity: 4096) { $0.call(record, room: room) }
    }

    /// The call of the path: 404 where there is none, 403 where it is somebody else's.
    func record(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> CallRecord {
        let id = try callID(inquiry)
        return try await asking(.call, to: .readCalls) { () async throws(ControlError) in
            try await services.calls.get(id, by: caller)
        }
    }

    /// What cannot be the id of a call is not looked for.
    func callID(_ inquiry: Inquiry) throws(APIError) -> CallID {
        let text = inquiry.parameters.first ?? ""
        guard text.isIdentifier else { throw Noun.call.notFound }
        return CallID(rawValue: text)
    }
}

extension String {
    /// Letters, digits, `_` and `-`, at most 64.
    var isIdentifier: Bool {
        !isEmpty && utf8.count <= 64
            && utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
                default: false
                }
            }
    }
}
