package import CallCore

/// On whose behalf something is asked: the key, its organization and what its role allows, and the request that it came with.
package struct Caller: Sendable, Equatable {
    package let key: KeyID
    package let organization: OrganizationID
    package let role: APIKey.Role
    /// The request's id, for the audit log.
    package var request: String?
    /// Where the request came from, for the audit log.
    package var address: String?
    /// Set where the client may repeat the request.
    package var once: Once?

    package init(
        key: KeyID, organization: OrganizationID, role: APIKey.Role, request: String? = nil, address: String? = nil,
        once: Once? = nil
    ) {
        self.key = key
        self.organization = organization
        self.role = role
        self.request = request
        self.address = address
        self.once = once
    }

    package init(_ key: APIKey) { self.init(key: key.id, organization: key.organization, role: key.role) }

    package static let serverKey = KeyID(rawValue: "server")

    /// The server itself, where nobody asked for it.
    package static func server(for organization: OrganizationID) -> Caller {
        Caller(key: serverKey, organization: organization, role: .admin)
    }

    /// The command line on the database itself: no key, no request.
    package static func commandLine(for organization: OrganizationID) -> Caller {
        Caller(key: KeyID(rawValue: "command_line"), organization: organization, role: .admin)
    }
}

/// Why a request came to nothing.
///
/// The door maps each case once to its own words.
package enum ControlError: Error, Sendable, Equatable {
    /// There is no such call, agent or key.
    case notFound
    case belongsToAnotherOrganization
    /// The caller's role may not do this.
    case roleMayNot
    /// The call is over, with this status.
    case alreadyOver(CallStatus)
    /// The call does not wait any more.
    case cannotChange(CallStatus)
    /// The stop was released before.
    case wasReleased
    /// The call's number is never to be dialled.
    case suppressed(SuppressionID)
    case invalid([FieldFault])
    /// The store is away; try again in a moment.
    case unavailable(String)
    /// The store is away, so the cancellation is not written; the phone was hung up all the same, or not even that.
    case notStored(hungUp: Bool, String)
    /// The same request was carried out before.
    case repeated(Repetition)

    init(_ failure: StoreFailure) {
        switch failure {
        case .unavailable(let detail), .conflict(let detail): self = .unavailable(detail)
        case .repeated(let repetition): self = .repeated(repetition)
        case .suppressed(let id): self = .suppressed(id)
        }
    }
}

/// What is wrong with one field of a request, in words for people.
///
/// With a `message` it is also the answer's main sentence.
package struct FieldFault: Sendable, Equatable {
    package let field: String
    package let reason: String

    package init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }
}
