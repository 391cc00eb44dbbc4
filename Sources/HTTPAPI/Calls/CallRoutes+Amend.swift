import CallControl
import CallCore
import HTTPTypes

extension CallRoutes {
    @Sendable static func amended(_ done: Done) -> Answer { Answer(.ok, done, message: "Call updated successfully") }

    /// `scheduledAt`, `priority` and `metadata` of a call that waits; what is not named, or null, stays as it is.
    @Sendable
    func amend(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try await record(inquiry, caller).call.id
        try caller.demand(.scheduleCalls)
        var fields = try Fields(try await inquiry.requiredJSON(), known: ["scheduledAt", "priority", "metadata"])
        var amendment = Amendment(organization: caller.organization)
        amendment.scheduledAt = fields.time("scheduledAt", at: services.clock.now)
        amendment.priority = fields.priority("priority")
        amendment.metadata = fields.freeForm("metadata")
        let faults = fields.faults + inquiry.query().faults
        guard faults.isEmpty else { throw .invalid(faults) }
        let record = try await asking(.call, to: .scheduleCalls) { () async throws(ControlError) in
            try await services.calls.amend(id, by: amendment, for: caller)
        }
        return Self.amended(.scheduled(record))
    }
}
