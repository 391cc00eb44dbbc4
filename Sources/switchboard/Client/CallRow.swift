/// A call as the API shows it, as far as tables need it.
struct CallRow: Decodable, Sendable, Equatable {
    struct Agent: Decodable, Sendable, Equatable {
        let id: String
        let name: String?
    }

    struct Contact: Decodable, Sendable, Equatable {
        let phone: String?
        let name: String?
    }

    struct Attempt: Decodable, Sendable, Equatable {
        let number: Int
        let status: String
        let startedAt: String?
        let ringingAt: String?
        let answeredAt: String?
        let endedAt: String?
        let sipStatusCode: Int?
        let failureReason: String?
    }

    struct Termination: Decodable, Sendable, Equatable {
        let state: String
        let attempts: Int?
        let lastError: String?
    }

    let id: String
    let status: String
    let phoneNumber: String?
    let contact: Contact?
    let agent: Agent?
    let scheduledAt: String?
    let createdAt: String?
    let startedAt: String?
    let answeredAt: String?
    let endedAt: String?
    let duration: Int?
    let outcome: String?
    let failureReason: String?
    let roomName: String?
    let attempts: [Attempt]?
    let termination: Termination?

    /// Whether it can still change.
    var isOpen: Bool { CallRow.openStatuses.contains(status) }

    static let openStatuses = ["initiated", "connecting", "ringing", "active"]
    static let statuses = openStatuses + ["completed", "failed", "cancelled", "no_answer", "busy"]
}

/// A page of `GET /calls`.
struct CallPage: Decodable, Sendable {
    struct Pagination: Decodable, Sendable {
        let total: Int?
        let hasMore: Bool?
        let nextCursor: String?
    }

    let calls: [CallRow]
    let pagination: Pagination
}
