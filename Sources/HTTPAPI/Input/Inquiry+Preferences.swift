import HTTPTypes

extension Inquiry {
    /// The seconds that a `Prefer: wait=N` asks for, at most 30.
    ///
    /// A preference that is not understood is no error (RFC 7240).
    var wait: Int? {
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

    /// The reason from the body or from the query, if any.
    func reason() async throws(APIError) -> String? {
        var query = query(["reason"], words: ["reason"])
        let fromQuery = query.text("reason", atMost: 500)
        guard query.faults.isEmpty else { throw .invalid(query.faults) }
        guard let document = try await json() else { return fromQuery }
        var fields = try Fields(document, known: ["reason"])
        let fromBody = fields.text("reason", atMost: 500, lines: true)
        if let fromBody, let fromQuery, fromBody != fromQuery {
            fields.note(Fault("reason", "is given in the body and in the query, with different values"))
        }
        guard fields.faults.isEmpty else { throw .invalid(fields.faults) }
        return fromBody ?? fromQuery
    }
}

extension Answer {
    /// Says that it was waited for.
    func applying(wait: Int?) -> Answer {
        guard let wait, let name = HTTPField.Name("Preference-Applied") else { return self }
        var answer = self
        answer.headers[name] = "wait=\(wait)"
        return answer
    }
}
