/// A batch as the API shows it.
struct BatchRow: Decodable, Sendable, Equatable {
    struct Agent: Decodable, Sendable, Equatable {
        let id: String
        let name: String?
    }

    let id: String
    let name: String?
    let agent: Agent
    let createdAt: String
    let total: Int
    let scheduled: Int
    let failed: Int
    let statuses: [String: Int]
    let purged: Int
    let done: Bool
    let firstDialAt: String?
    let lastDialAt: String?
    let eta: String?

    /// How many of its calls are in one of these statuses.
    func count(_ names: String...) -> Int { names.reduce(0) { $0 + (statuses[$1] ?? 0) } }

    var live: Int { count("connecting", "ringing", "active") }
}

/// A page of `GET /batches`.
struct BatchPage: Decodable, Sendable {
    let batches: [BatchRow]
    let pagination: CallPage.Pagination
}
