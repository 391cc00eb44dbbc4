import CallControl
import CallCore
import HTTPTypes

/// The routes under `/api/v1/stops`.
struct StopRoutes: Sendable {
    let services: APIServices

    private enum State: String, CaseIterable { case inForce, released }

    var all: [Route] {
        [
            Route(.post, "/api/v1/stops", .unlimited(set), keeping: Self.wasSet),
            Route(.get, "/api/v1/stops", .keyed(list)),
            Route(.get, "/api/v1/stops/{id}", .keyed(get)),
            Route(.delete, "/api/v1/stops/{id}", .unlimited(release), keeping: Self.wasReleased),
        ]
    }

    @Sendable private static func wasSet(_ done: Done) -> Answer {
        Answer(.created, done, message: "Stop set: nothing in its scope is dialled until it is released")
    }

    @Sendable private static func wasReleased(_ done: Done) -> Answer {
        Answer(.ok, done, message: "Stop released: the calls that it held go on")
    }

    @Sendable
    private func set(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.setStops)
        let input = try StopInput(try await inquiry.requiredJSON(), at: services.clock.now)
        let faults = input.faults + inquiry.query().faults
        // A scope that is somebody else's, or nobody's, comes before what is wrong with the rest.
        if let scope = input.scope {
            try await asking(scope.noun, to: .setStops) { () async throws(ControlError) in
                try await services.stops.check(scope, by: caller)
            }
        }
        guard faults.isEmpty, let scope = input.scope else { throw .invalid(faults) }
        var record = try await asking(scope.noun, to: .setStops) { () async throws(ControlError) in
            try await services.stops.set(
                scope, live: input.live, queue: input.queue, reason: input.reason, until: input.until, by: caller)
        }
        let wait = inquiry.wait
        if let wait {
            record = try await asking(.stop, to: .readStops) { () async throws(ControlError) in
                try await services.stops.settled(record, within: .seconds(wait))
            }
        }
        return Self.wasSet(.stop(record)).applying(wait: wait)
    }

    @Sendable
    private func list(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.readStops)
        var input = inquiry.query(["state", "limit", "offset"])
        let state = input.word("state", of: State.self)
        let limit = input.whole("limit", in: 1...100) ?? 50
        let offset = input.whole("offset", in: 0 ... .max) ?? 0
        guard input.faults.isEmpty else { throw .invalid(input.faults) }
        let (stops, total) = try await asking(.stop, to: .readStops) { () async throws(ControlError) in
            try await services.stops.list(
                by: caller, inForce: state.map { $0 == .inForce }, limit: limit, offset: offset)
        }
        return Answer(capacity: 512 + stops.count * 640) { writer in
            writer.array("stops", stops) { writer, stop in writer.object { $0.stop(stop) } }
            writer.pagination(
                total: total, limit: limit, offset: offset, hasMore: offset + stops.count < total, next: nil,
                isEstimate: false)
        }
    }

    @Sendable
    private func get(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let record = try await record(inquiry, caller)
        try caller.demand(.readStops)
        try inquiry.refuseQuery()
        return Answer { $0.stop(record) }
    }

    @Sendable
    private func release(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await record(inquiry, caller).stop.id
        try caller.demand(.setStops)
        let reason = try await inquiry.reason()
        let record = try await asking(.stop, to: .setStops) { () async throws(ControlError) in
            try await services.stops.release(id, reason: reason, by: caller)
        }
        return Self.wasReleased(.stop(record))
    }

    /// The stop of the path: 404 where there is none, 403 where it is somebody else's.
    private func record(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> StopRecord {
        let text = inquiry.parameters.first ?? ""
        guard text.isIdentifier else { throw Noun.stop.notFound }
        return try await asking(.stop, to: .readStops) { () async throws(ControlError) in
            try await services.stops.get(StopID(rawValue: text), by: caller)
        }
    }
}

extension StopScope {
    /// What is not there when the scope names nothing.
    fileprivate var noun: Noun {
        switch self {
        case .all, .phone: .stop
        case .agent: .agent
        case .batch: .batch
        }
    }
}
