package import CallCore

/// What of a batch waits for its dial, and how fast it went of late: what its end is reckoned from.
package struct BatchBacklog: Sendable, Equatable {
    package let waiting: Int
    /// Of those, when the first and the last are due.
    package let firstDue: Moment
    package let lastDue: Moment
    /// A stop or its agent holds all or some of them.
    package let isHeld: Bool
    /// In which a dial may leave; nil: not the same for all of them.
    package let windows: [CallWindow]?
    /// Dials sent within the last minutes, see `recently`, and when the first of these was.
    package let recentDials: Int
    package let recentSince: Moment?

    /// How far back dials say how fast it goes.
    package static let recently: Duration = .seconds(300)

    package init(
        waiting: Int, firstDue: Moment, lastDue: Moment, isHeld: Bool, windows: [CallWindow]?, recentDials: Int,
        recentSince: Moment?
    ) {
        self.waiting = waiting
        self.firstDue = firstDue
        self.lastDue = lastDue
        self.isHeld = isHeld
        self.windows = windows
        self.recentDials = recentDials
        self.recentSince = recentSince
    }

    /// When the last of them will be dialled, if it goes on as of late, or as fast as the slowest of these gates lets it begin; nil where
    /// nobody can tell.
    ///
    /// Retries to come are in no reckoning, nor is what others want of the same gates.
    package func end(through gates: [GateLoad], at now: Moment) -> Moment? {
        guard !isHeld, let windows, let interval = interval(gates, at: now) else { return nil }
        let work = Duration.microseconds(interval * Int64(waiting))
        return windows.moment(openFor: work, from: max(now, firstDue)).map { max($0, lastDue) }
    }

    /// Between two dials, in microseconds; nil: a gate is full, and nothing was sent of late.
    private func interval(_ gates: [GateLoad], at now: Moment) -> Int64? {
        if recentDials > 0, let recentSince, recentSince < now {
            return now.since(recentSince).milliseconds * 1000 / Int64(recentDials)
        }
        guard !gates.contains(where: \.isFull) else { return nil }
        return gates.compactMap { $0.limit.rate?.interval }.max()
    }
}

extension Batches {
    /// The batch, if it belongs to the caller's organization, with the time at which the last of its calls that wait will be dialled.
    package func look(
        at id: BatchID, by caller: Caller
    ) async throws(ControlError) -> (record: BatchRecord, eta: Moment?) {
        let record = try await get(id, by: caller)
        let now = clock.now
        guard let backlog = record.backlog, !backlog.isHeld else { return (record, nil) }
        do {
            let gates = try await store.load(of: record.summary.agent.id, under: limits, at: now)
            return (record, backlog.end(through: gates, at: now))
        } catch {
            throw ControlError(error)
        }
    }
}
