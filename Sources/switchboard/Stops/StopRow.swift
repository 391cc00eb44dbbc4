/// A stop as the API shows it.
struct StopRow: Decodable, Sendable {
    struct Scope: Decodable, Sendable {
        let all: Bool?
        let agentId: String?
        let batchId: String?
        let phoneNumber: String?

        var text: String {
            if let agentId { return "agent \(agentId)" }
            if let batchId { return "batch \(batchId)" }
            if let phoneNumber { return "number \(phoneNumber)" }
            return "all"
        }
    }

    let id: String
    let scope: Scope
    let reason: String?
    let createdAt: String
    let until: String?
    let releasedAt: String?
    let drain: OperationRow
}

/// A page of `GET /stops`.
struct StopPage: Decodable, Sendable {
    let stops: [StopRow]
}
