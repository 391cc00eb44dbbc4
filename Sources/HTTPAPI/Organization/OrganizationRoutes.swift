import CallControl
import CallCore
import HTTPTypes

/// The routes of `/api/v1/organization`: what holds for all calls of the caller's.
struct OrganizationRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(.get, "/api/v1/organization", .keyed(get)),
            Route(.patch, "/api/v1/organization", .keyed(update), keeping: Self.updated),
        ]
    }

    @Sendable private static func updated(_ done: Done) -> Answer {
        Answer(.ok, done, message: "Organization updated successfully")
    }

    @Sendable
    private func get(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.readOrganization)
        try inquiry.refuseQuery()
        let organization = try await asking(.organization, to: .readOrganization) { () async throws(ControlError) in
            try await services.organizations.get(by: caller)
        }
        return Answer { $0.organization(organization) }
    }

    /// What is not named stays as it is; null takes the window away.
    @Sendable
    private func update(_ inquiry: Inquiry, _ caller: Caller) async throws(APIError) -> Answer {
        try caller.demand(.changeOrganization)
        var fields = try Fields(try await inquiry.requiredJSON(), known: ["callWindow"])
        let window = WindowInput.wider(&fields)
        let isNamed = fields.has("callWindow")
        let faults = fields.faults + inquiry.query().faults
        guard faults.isEmpty else { throw .invalid(faults) }
        let organization = try await asking(.organization, to: .changeOrganization) {
            () async throws(ControlError) in
            try await services.organizations.update(by: caller) { if isNamed { $0.callWindow = window } }
        }
        return Self.updated(.organization(organization))
    }
}

extension JSONWriter {
    mutating func organization(_ organization: Organization) {
        string("id", organization.id.rawValue)
        callWindow(organization.callWindow)
    }
}
