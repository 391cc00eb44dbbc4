package import CallCore
package import Logging

/// What callers may ask for about calls.
///
/// Each method is one question to the store, and a rule.
package struct Calls: Sendable {
    package struct Policy: Sendable {
        /// The trunk of agents that name none; nil: such agents cannot schedule.
        package var defaultTrunk: String? { limits.defaultTrunk }
        /// How long a DELETE waits for the room to be deleted before it answers.
        package var hangUpWithin: Duration = .seconds(2)
        /// How long GET waits for LiveKit's view of a live call.
        package var lookWithin: Duration = .seconds(2)
        /// For how long a claimed termination is the claimant's own before it is renewed with all that it holds.
        ///
        /// Short: where the news of the commit is lost, nobody hangs up until then, and the phone rings.
        package var leaseFor: Duration = .seconds(3)
        /// The dispatcher's limits, for those who ask why a call waits.
        package var limits = DialLimits()

        package init(defaultTrunk: String? = nil) { limits.defaultTrunk = defaultTrunk }
    }

    let store: any CallStore
    let agents: any AgentStore
    let phone: any Phone
    let terminator: any Terminator
    let bell: Bell
    let clock: any WallClock
    let identifiers: Identifiers
    let policy: Policy

    package init(
        store: any CallStore, agents: any AgentStore, phone: any Phone, terminator: any Terminator, bell: Bell,
        clock: any WallClock, identifiers: Identifiers = Identifiers(), policy: Policy
    ) {
        self.store = store
        self.agents = agents
        self.phone = phone
        self.terminator = terminator
        self.bell = bell
        self.clock = clock
        self.identifiers = identifiers
        self.policy = policy
    }

    /// Accepts a call.
    ///
    /// It is durable on return, and dialled when it is due.
    package func schedule(_ order: CallOrder, by caller: Caller) async throws(ControlError) -> CallRecord {
        let now = clock.now
        let call = try await accept(order, by: caller, at: now)
        let record: CallRecord
        do {
            record = try await store.insert(call, for: caller)
        } catch {
            throw ControlError(error)
        }
        bell.announce(due: record.call.dueAt)
        return record
    }

    /// The call, if it belongs to the caller's organization; what limits it is not asked, see `look`.
    package func get(_ id: CallID, by caller: Caller) async throws(ControlError) -> CallRecord {
        let record: CallRecord?
        do {
            record = try await store.call(id, at: clock.now)
        } catch {
            throw ControlError(error)
        }
        guard let record else { throw .notFound }
        guard record.call.organization == caller.organization else { throw .belongsToAnotherOrganization }
        return record
    }

    /// The organization's calls that the query asks for.
    package func list(_ query: CallQuery) async throws(ControlError) -> CallPage {
        do {
            return try await store.calls(query, at: clock.now)
        } catch {
            throw ControlError(error)
        }
    }

    /// Ends a call that is not over, and hangs up.
    ///
    /// On return the cancellation is durable, and so is the order to hang up.
    ///
    /// The room is deleted inside this request where LiveKit answers in time; where not, that goes on in the background.
    package func cancel(
        _ id: CallID, by caller: Caller, reason: String? = nil, waitForVerification: Duration? = nil, log: Logger
    ) async throws(ControlError) -> Call {
        let now = clock.now
        let cancellation = Cancellation(organization: caller.organization, key: caller.key, reason: reason, at: now)
        let decided: Decided?
        do {
            decided = try await store.decide(
                id, proving: nil, claimingUntil: now + policy.leaseFor, for: caller, at: now
            ) { call, scene in
                call.receiving(.cancel(cancellation), in: scene, at: now)
            }
        } catch {
            guard case .unavailable(let why) = error else { throw ControlError(error) }
            throw await hangUpUnrecorded(id, cancellation, by: caller, because: why, log: log)
        }
        guard let decided else { throw .notFound }
        switch decided.verdict {
        case .refused(.belongsToAnotherOrganization): throw .belongsToAnotherOrganization
        case .refused(.alreadyOver(let status)): throw .alreadyOver(status)
        case .refused(.alreadySent), .refused(.isRetrying), .leaseLost, .stayed, .noted:
            throw .alreadyOver(decided.call.status)
        case .moved: break
        }
        // A call that was dialled makes room for another one; rung last, so that the dispatcher does not get up in the way of the hang-up.
        defer { if !decided.call.pastAttempts.isEmpty { bell.ring() } }
        for lease in decided.terminations {
            let limit = clock.now + (waitForVerification ?? policy.hangUpWithin)
            let progress = await terminator.terminate(lease, untilVerified: waitForVerification != nil, limit: limit)
            if progress == .pending {
                log.warning(
                    "call cancelled, but its room is not deleted yet; the termination goes on in the background",
                    metadata: ["call": "\(id)", "room": "\(lease.room)"])
            }
        }
        return decided.call
    }

    /// A cancellation that cannot be written down: the phone is hung up all the same, by what can still be read of the call.
    private func hangUpUnrecorded(
        _ id: CallID, _ cancellation: Cancellation, by caller: Caller, because why: String, log: Logger
    ) async -> ControlError {
        let record: CallRecord
        do throws(ControlError) {
            record = try await get(id, by: caller)
        } catch {
            return error
        }
        if case .ended(let ending) = record.call.phase {
            guard record.call.cancelledBy == cancellation else { return .alreadyOver(ending.status) }
            // It was written after all, and only the news of that was lost: a repetition finds the answer that was kept. The order to
            // hang up waits for the end of the lease that nobody here was given, and the phone shall not.
            if let attempt = record.call.pastAttempts.last, attempt.dial != .planned {
                _ = await terminator.hangUpUnrecorded(attempt, of: id, limit: clock.now + policy.hangUpWithin)
            }
            return .unavailable(why)
        }
        guard let attempt = record.call.phase.attempt else { return .notStored(hungUp: false, why) }
        let progress = await terminator.hangUpUnrecorded(attempt, of: id, limit: clock.now + policy.hangUpWithin)
        log.error(
            "a cancellation could not be written down; its phone is hung up without that",
            metadata: ["call": "\(id)", "room": "\(attempt.room)", "progress": "\(progress)", "why": "\(why)"])
        return .notStored(hungUp: progress != .pending, why)
    }

    /// LiveKit's view of a live call's room, asked now; nil when LiveKit does not answer in time.
    package func liveRoom(of call: Call) async -> LiveRoomStatus? {
        guard let attempt = call.phase.attempt else { return nil }
        let deadline = clock.now + policy.lookWithin
        return await withTaskGroup(of: LiveRoomStatus?.self) { group in
            group.addTask { try? await self.phone.status(of: attempt.room) }
            group.addTask {
                try? await self.clock.sleep(until: deadline)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
