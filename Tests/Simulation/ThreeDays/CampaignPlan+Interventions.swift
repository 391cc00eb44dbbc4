import CallControl
import CallCore

extension CampaignPlan {
    /// A stop that is set at its time and released after a while; it holds what waits, and leaves what is live.
    struct PlannedStop {
        let at: Int64
        let length: Int64
        let scope: StopScope
        let organization: OrganizationID
    }

    /// Numbers that are never to be dialled from some time on; who is on the phone then may stay.
    struct PlannedSuppression {
        let at: Int64
        let numbers: [PhoneNumber]
        let organization: OrganizationID
        /// So much later somebody has time to end the calls to them.
        var busy: Int64 = 0
    }

    struct LateCall {
        let at: Int64
        let call: Call
    }

    /// The same, of a call's number while that call is on its way: so long after its first room was asked for.
    struct HastySuppression {
        let call: CallID
        let after: Int64
        let busy: Int64
    }

    /// Of what belongs to one organization; those that are weighed are left alone.
    static func stop(_ agents: [Agent], _ calls: [Call], _ batches: [Batch], _ chance: Chance) -> PlannedStop {
        let organization = chance.strikes(0.8) ? crowd : small
        let agents = agents.filter { $0.organization == organization }
        let calls = calls.filter { $0.organization == organization }
        let batches = batches.filter { $0.organization == organization }
        var scopes: [StopScope] = [.all]
        if !agents.isEmpty { scopes.append(.agent(chance.pick(agents).id)) }
        if !calls.isEmpty { scopes.append(.phone(chance.pick(calls).contact.phone)) }
        if !batches.isEmpty { scopes.append(.batch(chance.pick(batches).id)) }
        return PlannedStop(
            at: chance.draw(3_600_000...(length - 3_600_000)), length: chance.draw(600_000...3_600_000),
            scope: chance.pick(scopes), organization: organization)
    }

    /// While most of the crowd's calls are still to come, and until all of them have been due.
    static func suppressions(_ calls: [Call], _ chance: Chance) -> [PlannedSuppression] {
        // Others call these, too.
        let urgent = calls.filter { $0.organization == small }
        let calls = calls.filter { $0.organization == crowd }
        guard !calls.isEmpty else { return [] }
        return (0..<8).map { _ in
            var numbers = (0..<max(3, calls.count / 400)).map { _ in chance.pick(calls).contact.phone }
            if !urgent.isEmpty { numbers.append(chance.pick(urgent).contact.phone) }
            return PlannedSuppression(
                at: chance.draw(3_600_000...(length - 24 * 3_600_000)), numbers: numbers, organization: crowd)
        }
    }

    /// Calls that were accepted in the moment in which their numbers were suppressed, and that nobody knew of who ended all others.
    ///
    /// Not where a stop may hold them: what is held beside a suppression is let go by the removal of that alone.
    static func lateCalls(
        _ suppressions: [PlannedSuppression], beside stops: [PlannedStop], _ agents: [Agent]
    ) -> [LateCall] {
        suppressions.enumerated().compactMap { index, suppression in
            let time = suppression.at...suppression.at + 600_000
            guard !stops.contains(where: { time.overlaps($0.at...$0.at + $0.length) }) else { return nil }
            let agent = agents.first { $0.organization == suppression.organization }
            guard let agent, let number = suppression.numbers.first else { return nil }
            let known = Moment(milliseconds: start + suppression.at + 1000)
            return LateCall(
                at: known.milliseconds,
                call: Call(
                    id: CallID(rawValue: "late_\(index)"), organization: agent.organization, agent: agent.id,
                    contact: Contact(phone: number), dueAt: known + .seconds(300), createdAt: known))
        }
    }

    /// Of calls that may be dialled again: before their dial leaves, as it does, while they ring, and soon after.
    static func hastySuppressions(_ calls: [Call], _ chance: Chance) -> [HastySuppression] {
        let calls = calls.filter { $0.retries != nil }
        guard !calls.isEmpty else { return [] }
        return (0..<max(20, calls.count / 400)).map { _ in
            let after = chance.draw(0...chance.pick([50, 5_000, Int64(60_000)]))
            return HastySuppression(call: chance.pick(calls).id, after: after, busy: chance.draw(0...20_000))
        }
    }
}
