import CallControl
import CallCore
import Testing

extension Shelf {
    var caller: Caller { Caller(key: KeyID(rawValue: "key_1"), organization: Self.acme, role: .operator) }

    /// Sets a stop; its drain lies ready and has not begun.
    @discardableResult
    func stop(
        _ id: String, _ scope: StopScope = .all, live: Stop.Live = .hangup, queue: Stop.Queue = .cancel,
        at moment: Moment = now, until: Moment? = nil, cause: Stop.Cause? = nil, by caller: Caller? = nil
    ) async throws -> StopRecord {
        let caller = caller ?? self.caller
        let stop = Stop(
            id: StopID(rawValue: id), organization: Self.acme, scope: scope, live: live, queue: queue, reason: "fire",
            key: caller.key, at: moment, until: until, cause: cause)
        let drain = CallControl.Operation(
            id: OperationID(rawValue: "op_\(id)"), organization: Self.acme, kind: .stop, target: .scope(scope),
            live: live, queue: queue, reason: "fire", requestedAt: moment)
        return try await store.insert(stop, draining: drain, for: caller)
    }

    /// Lifts a stop; what it held is let go by its operation.
    func release(_ id: String, by caller: Caller? = nil, at moment: Moment = now + .seconds(1)) async throws
        -> StopRelease?
    {
        let freeing = CallControl.Operation(
            id: OperationID(rawValue: "op_\(id)_released"), organization: Self.acme, kind: .release,
            target: .scope(.all), live: .leave, queue: .hold, reason: nil, requestedAt: now)
        return try await store.release(
            StopID(rawValue: id), reason: "over", freeing: freeing, for: caller ?? self.caller, at: moment)
    }

    @discardableResult
    func begin(
        _ target: CallControl.Operation.Target, id: String = "op_1", live: Stop.Live = .hangup
    ) async throws -> OperationID {
        let operation = CallControl.Operation(
            id: OperationID(rawValue: id), organization: Self.acme, kind: .cancel, target: target, live: live,
            reason: "because", requestedAt: now)
        return try await store.insert(operation, for: caller).id
    }

    /// Carries out all that is open; how many transactions that took.
    @discardableResult
    func carryOut(with other: (any Store)? = nil, at moment: Moment = now) async throws -> Int {
        let store = other ?? self.store
        var chunks = 0
        while let id = try await store.openOperations().first {
            _ = try await store.advance(id, at: moment)
            chunks += 1
        }
        return chunks
    }

    func operation(_ id: String) async throws -> OperationRecord {
        try #require(try await store.operation(OperationID(rawValue: id)))
    }

    func results(_ id: String) async throws -> [OperationResult] {
        var all: [OperationResult] = []
        while true {
            let page = try await store.results(of: OperationID(rawValue: id), after: all.count, limit: 300)
            all += page
            if page.count < 300 { return all }
        }
    }

    func record(_ id: String) async throws -> CallRecord {
        try #require(try await store.call(CallID(rawValue: id), at: now))
    }

    func status(_ id: String) async throws -> CallStatus { try await record(id).call.status }
    func holds(_ id: String) async throws -> [Hold] { try await record(id).queue?.heldBy ?? [] }

    /// A call whose room is being prepared.
    func placing(_ id: String, number: String = "+15005550001") async throws -> DialLease {
        let call = try await addCall(id, number: number)
        return try #require(try await admit().compactMap(\.dial).first { $0.call.id == call })
    }
}
