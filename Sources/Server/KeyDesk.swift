import CallControl
import CallCore

/// API keys as the command line asks for them: on the database itself, beside a running server or without one.
package struct KeyDesk: Sendable {
    /// A key that was just made.
    ///
    /// Nothing keeps the secret, so this is the only time that it can be shown.
    package struct NewKey: Sendable {
        package let key: ListedKey
        package let secret: String
    }

    /// A key as a list shows it.
    package struct ListedKey: Sendable {
        package let id: String
        package let name: String
        package let organization: String
        package let role: String
        /// `valid`, `revoked` or `expired`.
        package let state: String
        /// These three in RFC 3339.
        package let createdAt: String
        package let expiresAt: String?
        package let revokedAt: String?
    }

    /// Why nothing was done, in words for people.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    /// The roles that a key may have.
    package static let roles = APIKey.Role.allCases.map(\.rawValue)

    private let keys: Keys
    private let now: @Sendable () -> Moment

    /// Opens the database, and makes or migrates it where that is needed.
    package static func open(_ database: DatabaseSetting) async throws(Refusal) -> KeyDesk {
        guard database != .memory else {
            throw Refusal(
                description:
                    "DATABASE_URL: a database in memory belongs to one process; name a file that the server uses")
        }
        let clock = SystemClock()
        do {
            return KeyDesk(keys: try await KeyRing.open(database), now: { clock.now })
        } catch {
            throw Refusal(description: "DATABASE_URL: \(database.explanation(of: error))")
        }
    }

    /// Makes a key, and the organization where it is missing.
    ///
    /// - Parameter expires: a time in RFC 3339, or days from now as `90d`; nil: never.
    package func create(organization: String, name: String, role: String, expires: String?) async throws -> NewKey {
        guard let role = APIKey.Role(rawValue: role) else {
            throw Refusal(
                description: "there is no role \(role.shown): it is one of \(Self.roles.joined(separator: ", "))")
        }
        let expiresAt = try expires.map { text throws(Refusal) in try expiry(text) }
        let made = try await asking { () async throws(ControlError) in
            try await keys.create(
                name: name, role: role, expiresAt: expiresAt,
                by: .commandLine(for: OrganizationID(rawValue: organization)))
        }
        return NewKey(key: listed(made.key), secret: made.secret)
    }

    /// The organization's keys, newest first.
    package func list(organization: String) async throws -> [ListedKey] {
        let found = try await asking { () async throws(ControlError) in
            try await keys.list(of: OrganizationID(rawValue: organization))
        }
        return found.map(listed)
    }

    /// Revokes a key; a running server refuses it from its next request on.
    package func revoke(_ id: String, organization: String) async throws -> ListedKey {
        let revoked = try await asking { () async throws(ControlError) in
            try await keys.revoke(KeyID(rawValue: id), by: .commandLine(for: OrganizationID(rawValue: organization)))
        }
        return listed(revoked)
    }

    private func listed(_ key: APIKey) -> ListedKey {
        let state = key.revokedAt != nil ? "revoked" : key.isValid(at: now()) ? "valid" : "expired"
        return ListedKey(
            id: key.id.rawValue, name: key.name, organization: key.organization.rawValue, role: key.role.rawValue,
            state: state, createdAt: key.createdAt.description, expiresAt: key.expiresAt?.description,
            revokedAt: key.revokedAt?.description)
    }

    private func expiry(_ text: String) throws(Refusal) -> Moment {
        if text.hasSuffix("d"), let days = Int(text.dropLast()), (1...36_500).contains(days) {
            return now() + .seconds(days * 86_400)
        }
        guard let moment = Moment(rfc3339: text) else {
            throw Refusal(
                description: "\(text.shown) is no time: write 90d, or a date with its offset as 2030-01-31T00:00:00Z")
        }
        guard moment > now() else { throw Refusal(description: "the key would have expired before it is made") }
        return moment
    }

    private func asking<Answer>(_ ask: () async throws(ControlError) -> Answer) async throws(Refusal) -> Answer {
        do {
            return try await ask()
        } catch {
            switch error {
            case .notFound: throw Refusal(description: "there is no such key")
            case .belongsToAnotherOrganization: throw Refusal(description: "the key belongs to another organization")
            case .invalid(let faults):
                throw Refusal(description: faults.map { "\($0.field): \($0.reason)" }.joined(separator: "\n"))
            case .unavailable(let detail), .notStored(_, let detail):
                throw Refusal(description: "the database cannot be used: \(detail)")
            case .roleMayNot: throw Refusal(description: "the role does not allow it")
            case .repeated: throw Refusal(description: "it was done before")
            case .alreadyOver(let status): throw Refusal(description: "the call is over: \(status.rawValue)")
            case .cannotChange(let status): throw Refusal(description: "the call does not wait: \(status.rawValue)")
            case .suppressed(let id): throw Refusal(description: "the number is suppressed: \(id)")
            case .wasReleased: throw Refusal(description: "the stop was released already")
            }
        }
    }
}
