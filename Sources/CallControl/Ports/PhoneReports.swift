/// What the phone network reports by itself, handed in raw by whoever received it.
package protocol PhoneReports: Sendable {
    /// Verifies the report on its raw bytes, then acts on it. Repeated reports change nothing.
    func receive(body: [UInt8], authorization: String?) async throws(ReportRefusal)
}

/// Why a report was not taken.
package enum ReportRefusal: Error, Sendable, Equatable {
    /// No, a wrong or an old signature. The reason is for the log.
    case unauthenticated(String)
    case malformed(String)
    /// The store is away: the sender should try again.
    case unavailable
}
