package import CallCore

/// What is limited on a waiting call's way to its phone, as it stands now.
struct LimitsInSight: Sendable {
    /// All gates with a limit, the server itself first.
    var gates: [GateLoad] = []
    /// Nil: dials to a number are not limited.
    var number: (limit: NumberLimit, dials: NumberDials)?

    /// From when on the number may be dialled again, as far as is known now; nil: it may be at that moment.
    func opening(at moment: Moment) -> Moment? { number.flatMap { $0.limit.opening(after: $0.dials, at: moment) } }
}

extension Calls {
    /// The call, if it belongs to the caller's organization, with the limits among what holds it now.
    package func look(at id: CallID, by caller: Caller) async throws(ControlError) -> CallRecord {
        let record = try await get(id, by: caller)
        let now = clock.now
        guard record.queue != nil, record.call.wantedAt <= now else { return record }
        return record.limited(by: try await limits(on: record, at: now), at: now)
    }

    /// `limits` of the policy as they stand for this call.
    func limits(on record: CallRecord, at now: Moment) async throws(ControlError) -> LimitsInSight {
        let (call, limits) = (record.call, policy.limits)
        do {
            var sight = LimitsInSight(gates: try await store.load(of: call.agent, under: limits, at: now))
            if let limit = limits.number, record.queue != nil {
                let dials = try await store.dials(
                    to: call.contact.phone, of: call.organization, under: limit, at: now)
                sight.number = (limit, dials)
            }
            return sight
        } catch {
            throw ControlError(error)
        }
    }
}

extension CallRecord {
    /// With what of these limits holds it now among the rest.
    ///
    /// Who waits for his turn at a gate that others pass meanwhile is not held by it.
    func limited(by sight: LimitsInSight, at now: Moment) -> CallRecord {
        guard let queue, call.wantedAt <= now else { return self }
        var holds = queue.heldBy
        var next = queue.nextAttemptAt
        if let limit = sight.number?.limit, let opening = sight.opening(at: now) {
            holds.append(.number(call.contact.phone, limit, until: opening))
            next = max(next, call.windows(under: window).nextOpening(from: opening) ?? opening)
        }
        if queue.position != nil { holds += sight.gates.filter { $0.isShut(at: now) }.map { .gate($0.gate) } }
        guard holds != queue.heldBy else { return self }
        var limited = self
        limited.queue = Queue(state: .held, nextAttemptAt: next, position: queue.position, heldBy: holds)
        return limited
    }
}

extension GateLoad {
    /// Nobody passes, now and for longer than a turn takes at a gate that lets one pass in a second.
    fileprivate func isShut(at now: Moment) -> Bool { isFull || opening.since(now) > Self.longestTurn }

    private static let longestTurn = StartRate(perSecond: 1).window
}
