import CallControl
import CallCore
import HTTPTypes

/// Many calls by one request, and the routes under `/api/v1/batches`.
struct BatchRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(
                .post, "/api/v1/calls/batch", .keyed(schedule), keeping: Self.scheduled,
                bodyBytes: services.limits.batchBytes),
            Route(.get, "/api/v1/batches", .keyed(list)),
            Route(.get, "/api/v1/batches/{id}", .keyed(get)),
            Route(.delete, "/api/v1/batches/{id}", .unlimited(cancel), keeping: OperationRoutes.began),
        ]
    }

    @Sendable
    private func schedule(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.scheduleCalls)
        let input = try BatchInput(try await inquiry.requiredJSON(), at: services.clock.now)
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
        let batch = try await asking(.agent, to: .scheduleCalls) { () async throws(ControlError) in
            try await services.batches.schedule(order, by: caller)
        }
        return order.isRehearsal ? Self.rehearsed(batch) : Self.scheduled(.batch(batch))
    }

    /// Made of a batch; what else was done is not this route's.
    @Sendable private static func scheduled(_ done: Done) -> Answer {
        guard case .batch(let batch) = done else { return Answer(.created, done, message: "") }
        let count = batch.calls.count
        let capacity = 128 + batch.rows.count * 160
        if count == 0 { return refused(batch, capacity: capacity) }
        let isWhole = count == batch.rows.count
        return Answer(
            isWhole ? .created : .init(code: 207, reasonPhrase: "Multi-Status"),
            message: isWhole ? "Batch scheduled successfully" : "\(count) of \(batch.rows.count) calls were scheduled",
            capacity: capacity
        ) { $0.results(of: batch) }
    }

    private static func rehearsed(_ batch: Batch) -> Answer {
        Answer(
            message: "Nothing was scheduled: this is what it would come to now", capacity: 128 + batch.rows.count * 160
        ) { $0.results(of: batch, areStored: false) }
    }

    /// No row could be scheduled: an error as any other, and beside it what is wrong with each row.
    private static func refused(_ batch: Batch, capacity: Int) -> Answer {
        var faults: [Fault] = []
        for (index, row) in batch.rows.enumerated() {
            guard faults.count < 20, case .refused(let refusal) = row else { continue }
            faults += refusal.faults.map { Fault("calls[\(index)].\($0.field)", $0.reason) }
        }
        var error = APIError.invalid(faults)
        error.message = "None of the \(batch.rows.count) calls could be scheduled"
        let body = JSONWriter.object(capacity: capacity) { writer in
            writer.error(error)
            writer.object("data") { $0.results(of: batch) }
        }
        return Answer(.badRequest, body: body)
    }

    @Sendable
    private func list(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.readCalls)
        var input = inquiry.query(["limit", "offset"])
        let limit = input.whole("limit", in: 1...100) ?? 50
        let offset = input.whole("offset", in: 0 ... .max) ?? 0
        guard input.faults.isEmpty else { throw .invalid(input.faults) }
        let (batches, total) = try await asking(.batch, to: .readCalls) { () async throws(ControlError) in
            try await services.batches.list(by: caller, limit: limit, offset: offset)
        }
        return Answer(capacity: 512 + batches.count * 512) { writer in
            writer.array("batches", batches) { writer, batch in writer.object { $0.summary(batch) } }
            writer.pagination(
                total: total, limit: limit, offset: offset, hasMore: offset + batches.count < total, next: nil,
                isEstimate: false)
        }
    }

    @Sendable
    private func get(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try batchID(inquiry)
        let (record, eta) = try await asking(.batch, to: .readCalls) { () async throws(ControlError) in
            try await services.batches.look(at: id, by: caller)
        }
        try caller.demand(.readCalls)
        try inquiry.refuseQuery()
        return Answer { $0.batch(record, eta: eta) }
    }

    @Sendable
    private func cancel(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await record(inquiry, caller).summary.id
        try caller.demand(.cancelCalls)
        let input = try await BatchCancelInput(inquiry)
        let record = try await asking(.batch, to: .cancelCalls) { () async throws(ControlError) in
            try await services.batches.cancel(id, live: input.live, reason: input.reason, by: caller)
        }
        return try await OperationRoutes(services: services).answer(record, inquiry)
    }

    /// The batch of the path: 404 where there is none, 403 where it is somebody else's.
    private func record(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> BatchRecord {
        let id = try batchID(inquiry)
        return try await asking(.batch, to: .readCalls) { () async throws(ControlError) in
            try await services.batches.get(id, by: caller)
        }
    }

    /// What cannot be the id of a batch is not looked for.
    private func batchID(_ inquiry: Inquiry) throws(APIError) -> BatchID {
        let text = inquiry.parameters.first ?? ""
        guard text.isIdentifier else { throw Noun.batch.notFound }
        return BatchID(rawValue: text)
    }
}
