package import CallCore

/// Where stops are kept.
package protocol StopStore: Sendable {
    /// One transaction: the stop is in force on return, and `draining` lies ready for whoever carries operations out.
    func insert(_ stop: Stop, draining: Operation, for caller: Caller) async throws(StoreFailure) -> StopRecord
    /// One transaction: lifts a stop and ends its drain where that is; `freeing` lets the calls that it held go. Nil: no such stop.
    func release(
        _ id: StopID, reason: String?, freeing: Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> StopRelease?
    func stop(_ id: StopID) async throws(StoreFailure) -> StopRecord?
    /// Newest first; `inForce`: only those that are, or are not.
    func stops(
        of organization: OrganizationID, inForce: Bool?, limit: Int, offset: Int
    ) async throws(StoreFailure) -> (stops: [StopRecord], total: Int)
    /// Stops in force that end at a time of their own, of all organizations, the soonest first.
    func timedStops(limit: Int) async throws(StoreFailure) -> [Stop]
    /// The newest pause of an agent or a batch that has this cause.
    func lastPause(
        of guarded: Guarded, for cause: Stop.Cause, in organization: OrganizationID
    ) async throws(StoreFailure) -> Stop?
    /// How the attempts of an agent or a batch ended, those that ended after `since` and are among the newest `limit` of all.
    func endings(
        of guarded: Guarded, after since: Moment, amongst limit: Int
    ) async throws(StoreFailure) -> [CallStatus: Int]
    /// Whose calls a batch has; nil: there is no such batch.
    func organization(of batch: BatchID) async throws(StoreFailure) -> OrganizationID?
}

/// What a request to release a stop came to.
package enum StopRelease: Sendable, Equatable {
    case released(StopRecord)
    /// Somebody released it before; nothing was written now.
    case wasReleased
}

extension Stop {
    /// The server set it itself.
    package var isPause: Bool { cause != nil }

    /// Somebody let it go before its time.
    package func isLiftedByHand(at now: Moment) -> Bool {
        guard let release, let until else { return false }
        return until > now && release.key != Caller.serverKey
    }
}

/// A latch: while it is in force, no attempt in its scope becomes sent.
package struct Stop: Sendable, Equatable {
    /// What becomes of calls that are connecting, ringing or active when it is set.
    package enum Live: String, Sendable, CaseIterable { case hangup, leave }
    /// What becomes of calls that wait when it is set; those that come later are held in any case.
    package enum Queue: String, Sendable, CaseIterable { case cancel, hold }

    /// Why the server set it itself.
    package enum Cause: String, Sendable, CaseIterable { case breaker, budget }

    package struct Release: Sendable, Equatable {
        package let at: Moment
        package let key: KeyID
        package let reason: String?

        package init(at: Moment, key: KeyID, reason: String?) {
            self.at = at
            self.key = key
            self.reason = reason
        }
    }

    package let id: StopID
    package let organization: OrganizationID
    package let scope: StopScope
    package let live: Live
    package let queue: Queue
    package let reason: String?
    package let key: KeyID
    package let at: Moment
    /// When it is released without anybody's doing; nil: never.
    package let until: Moment?
    /// Nil where somebody asked for it.
    ///
    /// Of one cause, a batch has no two pauses in force.
    package let cause: Cause?
    package let release: Release?

    package init(
        id: StopID, organization: OrganizationID, scope: StopScope, live: Live, queue: Queue, reason: String?,
        key: KeyID, at: Moment, until: Moment? = nil, cause: Cause? = nil, release: Release? = nil
    ) {
        self.id = id
        self.organization = organization
        self.scope = scope
        self.live = live
        self.queue = queue
        self.reason = reason
        self.key = key
        self.at = at
        self.until = until
        self.cause = cause
        self.release = release
    }
}

/// A stop with how far its drain has come.
package struct StopRecord: Sendable, Equatable {
    package let stop: Stop
    package let drain: OperationRecord

    package init(stop: Stop, drain: OperationRecord) {
        self.stop = stop
        self.drain = drain
    }
}
