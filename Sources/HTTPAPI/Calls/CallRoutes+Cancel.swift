import CallControl
import CallCore
import HTTPTypes
import Hummingbird

extension CallRoutes {
    @Sendable
    func cancel(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let id = try callID(inquiry)
        let reason: String?
        do {
            try caller.demand(.cancelCalls)
            reason = try await self.reason(inquiry)
        } catch {
            // An unknown call is 404 and somebody else's 403, whatever else is wrong with the request.
            _ = try await record(inquiry, caller)
            throw error
        }
        let wait = Self.wait(inquiry.headers)
        let call = try await asking(.call, to: .cancelCalls) { () async throws(ControlError) in
            try await services.calls.cancel(
                id, by: caller, reason: reason, waitForVerification: wait.map { .seconds($0) }, log: inquiry.log)
        }
        var answer = Self.cancelled(.cancelled(call))
        if let wait, let name = HTTPField.Name("Preference-Applied") { answer.headers[name] = "wait=\(wait)" }
        return answer
    }

    /// The reason from the body or from the query, if any.
    private func reason(_ inquiry: Inquiry) async throws(APIError) -> String? {
        var query = inquiry.query(["reason"], words: ["reason"])
        let fromQuery = query.text("reason", atMost: 500)
        guard query.faults.isEmpty else { throw .invalid(query.faults) }
        guard let document = try await inquiry.json() else { return fromQuery }
        var fields = try Fields(document, known: ["reason"])
        let fromBody = fields.text("reason", atMost: 500, lines: true)
        if let fromBody, let fromQuery, fromBody != fromQuery {
            fields.note(Fault("reason", "is given in the body and in the query, with different values"))
        }
        guard fields.faults.isEmpty else { throw .invalid(fields.faults) }
        return fromBody ?? fromQuery
    }

    /// The seconds that a `Prefer: wait=N` asks for, at most 30.
    ///
    /// A preference that is not understood is no error (RFC 7240).
    static func wait(_ headers: HTTPFields) -> Int? {
        guard let name = HTTPField.Name("Prefer") else { return nil }
        for preference in headers[values: name].flatMap({ $0.lowercased().split(separator: ",") }) {
            // What follows a semicolon are parameters of the preference; `wait` has none.
            let parts = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].trimming(" \t") == "wait", let seconds = Int(parts[1].trimming(" \t\"")),
                seconds > 0
            else { continue }
            return min(seconds, 30)
        }
        return nil
    }
}
