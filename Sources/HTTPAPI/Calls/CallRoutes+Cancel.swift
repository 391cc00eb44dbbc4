import CallControl
import CallCore

extension CallRoutes {
    @Sendable
    func cancel(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try callID(inquiry)
        let reason: String?
        do {
            try caller.demand(.cancelCalls)
            reason = try await inquiry.reason()
        } catch {
            // An unknown call is 404 and somebody else's 403, whatever else is wrong with the request.
            _ = try await record(inquiry, caller)
            throw error
        }
        let wait = inquiry.wait
        let call = try await asking(.call, to: .cancelCalls) { () async throws(ControlError) in
            try await services.calls.cancel(
                id, by: caller, reason: reason, waitForVerification: wait.map { .seconds($0) }, log: inquiry.log)
        }
        return Self.cancelled(.cancelled(call)).applying(wait: wait)
    }
}
