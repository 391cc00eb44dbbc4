import CallControl
import CallCore

extension CampaignPlan {
    /// The calls of the crowd in batches; the first one of each agent is guarded.
    static func batches(_ calls: [Call]) -> [Batch] {
        let batched = Dictionary(grouping: calls) { $0.batch }
        return batched.keys.compactMap(\.self).sorted { $0.rawValue < $1.rawValue }.compactMap { id in
            guard let calls = batched[id], let first = calls.first else { return nil }
            return Batch(
                id: id, organization: first.organization, agent: first.agent, name: nil, createdAt: first.createdAt,
                guards: guards(id, size: calls.count), rows: calls.map { .scheduled($0) })
        }
    }

    /// Budgets that are spent on a day, in the zones whose clocks are changed and in calls, and in minutes where they are not; they leave enough for the
    /// days that follow.
    private static func guards(_ id: BatchID, size: Int) -> BatchGuards {
        switch id {
        case batch(of: 0): BatchGuards(budget: Budget(callsPerDay: max(2, size / 2), zone: Zone(accepted: zones[0])))
        case batch(of: 1): BatchGuards(budget: Budget(callsPerDay: max(2, size / 2), zone: Zone(accepted: zones[1])))
        case outage.batch:
            BatchGuards(
                breaker: Breaker(failureShare: 0.5, minAttempts: 5, windowMinutes: 60, pauseMinutes: 60))
        case batch(of: 3):
            BatchGuards(budget: Budget(minutesPerDay: max(1, size / 16), zone: Zone(accepted: zones[3])))
        default: BatchGuards()
        }
    }

    private static func batch(of place: Int) -> BatchID { BatchID(rawValue: "batch_\(place)_0") }

    /// The carrier takes none of a batch's calls for a while.
    struct Outage {
        let batch: BatchID
        let from: Moment
        let to: Moment

        func fails(_ call: Call, at now: Moment) -> Bool { call.batch == batch && now >= from && now < to }
    }

    /// From a quarter of an hour before eight in Kathmandu, of a batch with a breaker.
    static var outage: Outage {
        let from = Moment(milliseconds: start) + .seconds(26 * 3600)
        return Outage(batch: batch(of: 2), from: from, to: from + .seconds(8 * 3600))
    }
}
