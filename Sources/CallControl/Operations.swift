package import CallCore

/// What callers may ask for about operations over many calls.
package struct Operations: Sendable {
    /// Ids that one request may name.
    package static let mostIDs = 10_000

    let store: any OperationStore
    /// Wakes whoever carries operations out.
    let bell: Bell
    let clock: any WallClock
    let identifiers: Identifiers

    package init(
        store: any OperationStore, bell: Bell, clock: any WallClock, identifiers: Identifiers = Identifiers()
    ) {
        self.store = store
        self.bell = bell
        self.clock = clock
        self.identifiers = identifiers
    }

    /// Begins to cancel many calls.
    ///
    /// On return it is durable; it is carried out beside this request, whatever becomes of it.
    package func cancel(
        _ target: Operation.Target, live: Stop.Live = .hangup, reason: String? = nil, by caller: Caller
    ) async throws(ControlError) -> OperationRecord {
        let now = clock.now
        let operation = Operation(
            id: identifiers.operation(at: now), organization: caller.organization, kind: .cancel, target: target,
            live: live, reason: reason, requestedAt: now)
        let record: OperationRecord
        do {
            record = try await store.insert(operation, for: caller)
        } catch {
            throw ControlError(error)
        }
        bell.announce()
        return record
    }

    /// What a cancel of these would come to now.
    package func rehearse(
        _ target: Operation.Target, live: Stop.Live = .hangup, by caller: Caller
    ) async throws(ControlError) -> OperationCounts {
        do {
            return try await store.count(target, live: live, of: caller.organization)
        } catch {
            throw ControlError(error)
        }
    }

    package func get(_ id: OperationID, by caller: Caller) async throws(ControlError) -> OperationRecord {
        let record: OperationRecord?
        do {
            record = try await store.operation(id)
        } catch {
            throw ControlError(error)
        }
        guard let record else { throw .notFound }
        guard record.organization == caller.organization else { throw .belongsToAnotherOrganization }
        return record
    }

    /// What became of each call that an operation has come to.
    package func results(
        of id: OperationID, after position: Int, limit: Int, by caller: Caller
    ) async throws(ControlError) -> [OperationResult] {
        _ = try await get(id, by: caller)
        do {
            return try await store.results(of: id, after: position, limit: limit)
        } catch {
            throw ControlError(error)
        }
    }

    /// The operation as it is once it is done and every phone that it hung up is silent, or after `limit`.
    package func settled(
        _ record: OperationRecord, within limit: Duration
    ) async throws(ControlError) -> OperationRecord {
        try await clock.poll(within: limit, from: record, until: \.isSilent) {
            () async throws(ControlError) -> OperationRecord? in
            do throws(StoreFailure) {
                return try await store.operation(record.id)
            } catch {
                throw ControlError(error)
            }
        }
    }
}

extension WallClock {
    /// Asks again and again, at first often, until the answer is as wanted or `limit` has passed; the last answer.
    func poll<Value>(
        within limit: Duration, from first: Value, until isWanted: (Value) -> Bool,
        asking: () async throws(ControlError) -> Value?
    ) async throws(ControlError) -> Value {
        let deadline = now + limit
        var latest = first
        var pause: Duration = .milliseconds(10)
        while !isWanted(latest), now < deadline {
            do {
                try await sleep(until: min(deadline, now + pause))
            } catch {
                return latest
            }
            pause = min(pause * 2, .milliseconds(100))
            latest = try await asking() ?? latest
        }
        return latest
    }
}
