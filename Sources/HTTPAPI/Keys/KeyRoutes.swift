import CallControl
import CallCore
import HTTPTypes

/// The routes under `/api/v1/api-keys`.
struct KeyRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(.post, "/api/v1/api-keys", .keyed(create), keeping: Self.createdBefore),
            Route(.get, "/api/v1/api-keys", .keyed(list)),
            Route(.delete, "/api/v1/api-keys/{id}", .keyed(revoke), keeping: Self.revoked),
        ]
    }

    /// The secret is nowhere any more: a repetition is told so.
    @Sendable private static func createdBefore(_ done: Done) -> Answer {
        Answer(.created, message: "API key created before; its secret was in the first answer only") { writer in
            writer.done(done)
            writer.null("key")
        }
    }

    @Sendable private static func revoked(_ done: Done) -> Answer {
        Answer(.ok, done, message: "API key revoked successfully")
    }

    @Sendable
    private func create(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.manageKeys)
        var fields = try Fields(try await inquiry.requiredJSON(), known: ["name", "role", "expiresAt"])
        fields.require("name")
        fields.require("role")
        let name = fields.text("name", atMost: 200)
        let role = fields.word("role", of: APIKey.Role.self)
        let expiresAt = fields.moment("expiresAt")
        if let expiresAt, expiresAt <= services.clock.now { fields.note(Fault("expiresAt", "is in the past")) }
        let faults = fields.faults + inquiry.query().faults
        guard faults.isEmpty, let name, let role else { throw .invalid(faults) }
        let (key, secret) = try await asking(.key, to: .manageKeys) { () async throws(ControlError) in
            try await services.keys.create(
                name: name, role: role, expiresAt: expiresAt, by: caller)
        }
        return Answer(.created, message: "API key created; its secret is shown only this once") { writer in
            writer.key(key)
            writer.string("key", secret)
        }
    }

    @Sendable
    private func list(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.manageKeys)
        try inquiry.refuseQuery()
        let keys = try await asking(.key, to: .manageKeys) { () async throws(ControlError) in
            try await services.keys.list(of: caller.organization)
        }
        return Answer(capacity: 128 + keys.count * 256) { writer in
            writer.array("keys", keys) { writer, key in writer.object { $0.key(key) } }
        }
    }

    @Sendable
    private func revoke(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        let text = inquiry.parameters.first ?? ""
        guard text.isIdentifier else { throw Noun.key.notFound }
        let id = KeyID(rawValue: text)
        _ = try await asking(.key, to: .manageKeys) { () async throws(ControlError) in
            try await services.keys.get(id, of: caller.organization)
        }
        try caller.demand(.manageKeys)
        try inquiry.refuseQuery()
        let key = try await asking(.key, to: .manageKeys) { () async throws(ControlError) in
            try await services.keys.revoke(id, by: caller)
        }
        return Self.revoked(.key(key))
    }
}

extension JSONWriter {
    /// What may be shown of a key: never its secret.
    mutating func key(_ key: APIKey) {
        string("id", key.id.rawValue)
        string("name", key.name)
        string("role", key.role.rawValue)
        moment("createdAt", key.createdAt)
        moment("expiresAt", key.expiresAt)
        moment("revokedAt", key.revokedAt)
    }
}
