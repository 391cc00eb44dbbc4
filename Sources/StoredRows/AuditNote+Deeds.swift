package import CallControl
package import CallCore
import Foundation

// What the audit log says of each deed.

extension AuditNote {
    package static func cancelled(_ call: Call, from status: CallStatus) -> AuditNote {
        AuditNote(
            .callCancel, on: call.id.rawValue, reason: call.cancelledBy?.reason, before: status.rawValue,
            after: call.status.rawValue)
    }

    /// Nil where nothing is different.
    package static func changed(_ call: Call, from old: Call) throws -> AuditNote? {
        var (before, after): ([String: String], [String: String]) = ([:], [:])
        if call.scheduledAt != old.scheduledAt {
            before["scheduledAt"] = old.scheduledAt?.description ?? "now"
            after["scheduledAt"] = call.scheduledAt?.description
        }
        if call.priority != old.priority {
            (before["priority"], after["priority"]) = ("\(old.priority)", "\(call.priority)")
        }
        var changed = after.keys.sorted()
        // Too long for a log.
        if call.metadata != old.metadata { changed.append("metadata") }
        guard !changed.isEmpty else { return nil }
        return AuditNote(
            .callUpdate, on: call.id.rawValue, before: try detail(before), after: try detail(after),
            detail: try detail(["changed": changed]))
    }

    package static func created(_ key: APIKey) throws -> AuditNote {
        AuditNote(
            .keyCreate, on: key.id.rawValue, after: "valid",
            detail: try detail(["name": key.name, "role": key.role.rawValue]))
    }

    package static func revoked(_ key: APIKey, at now: Moment) -> AuditNote {
        let hasExpired = key.expiresAt.map { $0 <= now } ?? false
        return AuditNote(.keyRevoke, on: key.id.rawValue, before: hasExpired ? "expired" : "valid", after: "revoked")
    }

    package static func created(_ agent: Agent) throws -> AuditNote {
        AuditNote(
            .agentCreate, on: agent.id.rawValue, after: agent.status.rawValue, detail: try detail(["name": agent.name]))
    }

    /// Nil where nothing is different that a client can see.
    package static func changed(_ agent: Agent, from old: Agent) throws -> AuditNote? {
        let changed = agent.fieldsChanged(from: old)
        guard !changed.isEmpty else { return nil }
        let isOff = old.status == .active && agent.status == .inactive
        return AuditNote(
            isOff ? .agentDeactivate : .agentUpdate, on: agent.id.rawValue, before: old.status.rawValue,
            after: agent.status.rawValue, detail: try detail(["changed": changed]))
    }

    /// Nil where nothing is different.
    package static func changed(_ organization: Organization, from old: Organization) throws -> AuditNote? {
        guard organization != old else { return nil }
        return AuditNote(
            .organizationUpdate, on: organization.id.rawValue, before: try windowDetail(old.callWindow),
            after: try windowDetail(organization.callWindow), detail: try detail(["changed": ["callWindow"]]))
    }

    private static func windowDetail(_ window: CallWindow?) throws -> String {
        guard let window else { return try detail(["callWindow": String?.none]) }
        func time(_ minutes: Int) -> String {
            [minutes / 60, minutes % 60].map { ($0 < 10 ? "0" : "") + "\($0)" }.joined(separator: ":")
        }
        let days = CallWindow.Weekday.allCases.filter(window.days.contains).map { "\($0)" }.joined(separator: ",")
        return try detail(["callWindow": "\(days) \(time(window.start))-\(time(window.end)) \(window.zone.name)"])
    }

    /// The text of a JSON object.
    static func detail(_ members: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(members), as: UTF8.self)
    }
}

extension Agent {
    /// The names that the API has for what is different; instructions and the like are too long for a log.
    fileprivate func fieldsChanged(from old: Agent) -> [String] {
        var names: [String] = []
        if old.name != name { names.append("name") }
        if old.status != status { names.append("status") }
        if old.agentName != agentName { names.append("agentName") }
        if old.instructions != instructions { names.append("instructions") }
        if old.model != model { names.append("model") }
        if old.config != config { names.append("config") }
        if old.phoneNumbers != phoneNumbers { names.append("phoneNumbers") }
        if old.trunkID != trunkID { names.append("trunkId") }
        if old.maxConcurrentCalls != maxConcurrentCalls { names.append("maxConcurrentCalls") }
        if old.callsPerSecond != callsPerSecond { names.append("callsPerSecond") }
        if old.breaker != breaker { names.append("breaker") }
        if old.ringingTimeout != ringingTimeout { names.append("ringingTimeout") }
        if old.maxCallDuration != maxCallDuration { names.append("maxCallDuration") }
        if old.callWindow != callWindow { names.append("callWindow") }
        return names
    }
}
