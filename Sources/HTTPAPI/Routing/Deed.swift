import CallControl

/// What a key's role allows or not, in the words of the refusal: "this key may not …".
enum Deed: String, CaseIterable {
    case readCalls = "read calls"
    case scheduleCalls = "schedule calls"
    case cancelCalls = "cancel calls"
    case setStops = "set or release stops"
    case readStops = "read stops"
    case changeSuppressions = "suppress numbers, or lift that"
    case readSuppressions = "read suppressions"
    case readAgents = "read agents"
    case changeAgents = "change agents"
    case readOrganization = "read the organization"
    case changeOrganization = "change the organization"
    case manageKeys = "manage API keys"
    case readAudit = "read the audit log"
}

extension Caller {
    func may(_ deed: Deed) -> Bool {
        switch (role, deed) {
        case (.admin, _): true
        case (.operator, .readCalls), (.operator, .scheduleCalls), (.operator, .cancelCalls), (.operator, .readAgents),
            (.operator, .setStops), (.operator, .readStops), (.operator, .changeSuppressions),
            (.operator, .readSuppressions), (.operator, .readOrganization):
            true
        case (.viewer, .readCalls), (.viewer, .readAgents), (.viewer, .readStops), (.viewer, .readSuppressions),
            (.viewer, .readOrganization):
            true
        case (.operator, .changeAgents), (.operator, .changeOrganization), (.operator, .manageKeys),
            (.operator, .readAudit):
            false
        case (.viewer, .scheduleCalls), (.viewer, .cancelCalls), (.viewer, .changeAgents), (.viewer, .manageKeys),
            (.viewer, .readAudit), (.viewer, .setStops), (.viewer, .changeSuppressions), (.viewer, .changeOrganization):
            false
        // Reports on calls only, which this door does not take yet.
        case (.worker, _): false
        }
    }

    func demand(_ deed: Deed) throws(APIError) {
        guard may(deed) else { throw .mayNot(deed.rawValue) }
    }
}
