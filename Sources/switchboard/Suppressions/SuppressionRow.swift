/// A suppression as the API shows it.
struct SuppressionRow: Decodable, Sendable {
    let id: String
    let phoneNumber: String
    let reason: String?
    let createdAt: String
    let created: Bool?
}

/// A page of `GET /suppressions`.
struct SuppressionPage: Decodable, Sendable {
    let suppressions: [SuppressionRow]
    let pagination: CallPage.Pagination
}

/// The answer to `POST /suppressions`.
struct SuppressionReply: Decodable, Sendable {
    let created: Int
    let existed: Int
    let suppressions: [SuppressionRow]
    let operation: OperationRow
}
