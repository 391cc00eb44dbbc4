package import CallCore

/// What callers may ask for about stops: latches that close admission first, then clear the queue and the live calls.
package struct Stops: Sendable {
    let store: any StopStore
    let agents: any AgentStore
    /// Wakes whoever carries operations out.
    let bell: Bell
    /// Wakes whoever releases stops whose time is over.
    let timedBell: Bell
    let clock: any WallClock
    let identifiers: Identifiers

    package init(
        store: any StopStore, agents: any AgentStore, bell: Bell, timedBell: Bell = Bell(), clock: any WallClock,
        identifiers: Identifiers = Identifiers()
    ) {
        self.store = store
        self.agents = agents
        self.bell = bell
        self.timedBell = timedBell
        self.clock = clock
        self.identifiers = identifiers
    }

    /// Sets a stop.
    ///
    /// From the return on no attempt in its scope becomes sent; its drain has begun. `until`: it is released then, if nobody has done so
    /// before. `cause`: why the server sets it itself.
    package func set(
        _ scope: StopScope, live: Stop.Live = .hangup, queue: Stop.Queue = .cancel, reason: String? = nil,
        until: Moment? = nil, cause: Stop.Cause? = nil, by caller: Caller
    ) async throws(ControlError) -> StopRecord {
        let now = clock.now
        if let until, until <= now { throw .invalid([FieldFault("until", "must be in the future")]) }
        try await check(scope, by: caller)
        let stop = Stop(
            id: identifiers.stop(at: now), organization: caller.organization, scope: scope, live: live, queue: queue,
            reason: reason, key: caller.key, at: now, until: until, cause: cause)
        let drain = Operation(
            id: identifiers.operation(at: now), organization: caller.organization, kind: .stop, target: .scope(scope),
            live: live, queue: queue, reason: reason, requestedAt: now)
        let record: StopRecord
        do {
            record = try await store.insert(stop, draining: drain, for: caller)
        } catch {
            throw ControlError(error)
        }
        bell.announce()
        if until != nil { timedBell.ring() }
        return record
    }

    /// Pauses an agent or a batch on the server's own account: what is live goes on, and what waits is held.
    ///
    /// Nil: it is paused for that cause already.
    package func pause(
        _ guarded: Guarded, of organization: OrganizationID, for cause: Stop.Cause, reason: String, until: Moment?
    ) async throws(ControlError) -> StopRecord? {
        do throws(ControlError) {
            return try await set(
                guarded.scope, live: .leave, queue: .hold, reason: reason, until: until, cause: cause,
                by: .server(for: organization))
        } catch {
            // Where two nodes come to the same end at the same moment, the store takes one pause.
            let last = try? await store.lastPause(of: guarded, for: cause, in: organization)
            guard let last, last.release == nil else { throw error }
            return nil
        }
    }

    /// Lifts a stop; what it held goes on in its order.
    package func release(
        _ id: StopID, reason: String? = nil, by caller: Caller
    ) async throws(ControlError) -> StopRecord {
        let now = clock.now
        let stop = try await get(id, by: caller).stop
        let freeing = Operation(
            id: identifiers.operation(at: now), organization: caller.organization, kind: .release,
            target: .scope(stop.scope), live: .leave, queue: .hold, reason: reason, requestedAt: now)
        let release: StopRelease?
        do {
            release = try await store.release(id, reason: reason, freeing: freeing, for: caller, at: now)
        } catch {
            throw ControlError(error)
        }
        switch release {
        case .released(let record):
            bell.announce()
            return record
        case .wasReleased: throw .wasReleased
        case nil: throw .notFound
        }
    }

    package func get(_ id: StopID, by caller: Caller) async throws(ControlError) -> StopRecord {
        let record: StopRecord?
        do {
            record = try await store.stop(id)
        } catch {
            throw ControlError(error)
        }
        guard let record else { throw .notFound }
        guard record.stop.organization == caller.organization else { throw .belongsToAnotherOrganization }
        return record
    }

    package func list(
        by caller: Caller, inForce: Bool? = nil, limit: Int, offset: Int
    ) async throws(ControlError) -> (stops: [StopRecord], total: Int) {
        do {
            return try await store.stops(of: caller.organization, inForce: inForce, limit: limit, offset: offset)
        } catch {
            throw ControlError(error)
        }
    }

    /// The stop as it is once its drain is done and every phone that it hung up is silent, or after `limit`.
    package func settled(_ record: StopRecord, within limit: Duration) async throws(ControlError) -> StopRecord {
        try await clock.poll(within: limit, from: record, until: \.drain.isSilent) {
            () async throws(ControlError) -> StopRecord? in
            do throws(StoreFailure) {
                return try await store.stop(record.stop.id)
            } catch {
                throw ControlError(error)
            }
        }
    }

    /// A scope must name something of the caller's: a typing error would stop nothing.
    package func check(_ scope: StopScope, by caller: Caller) async throws(ControlError) {
        let owner: OrganizationID?
        do {
            switch scope {
            case .all, .phone: return
            case .agent(let id): owner = try await agents.agent(id)?.organization
            case .batch(let id): owner = try await store.organization(of: id)
            }
        } catch {
            throw ControlError(error)
        }
        guard let owner else { throw .notFound }
        guard owner == caller.organization else { throw .belongsToAnotherOrganization }
    }
}
