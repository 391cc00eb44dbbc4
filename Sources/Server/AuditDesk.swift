import CallControl
import CallCore
import Foundation

/// The audit log as the command line asks for it: on the database itself, so that nothing stands between.
package struct AuditDesk: Sendable {
    /// What was found of one organization's log.
    package struct Finding: Sendable {
        package let organization: String
        /// Entries that hang together from the first one on.
        package let sequence: Int64
        /// The hash of the last of these, in hexadecimal digits.
        package let hash: String
        /// Where the chain is broken, in words for people; nil where it is not.
        package let fault: String?
    }

    /// What was found of all logs that were looked at.
    package struct Findings: Sendable {
        package let logs: [Finding]
        /// Hashes that ought to be in one of them and are in none.
        package let missing: [String]

        package var areGood: Bool { missing.isEmpty && logs.allSatisfy { $0.fault == nil } }
    }

    /// Why nothing could be looked at, in words for people.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    let audit: Audit

    /// Opens a database that is there: to make an empty one and call it good would help nobody.
    package static func open(_ database: DatabaseSetting) throws(Refusal) -> AuditDesk {
        switch database {
        case .memory:
            throw Refusal(description: "DATABASE_URL: a database in memory belongs to one process; name a file")
        case .file(let path):
            guard FileManager.default.fileExists(atPath: path) else {
                throw Refusal(description: "DATABASE_URL: there is no \(path)")
            }
        case .postgres: break
        }
        do {
            return AuditDesk(audit: Audit(store: try database.open()))
        } catch {
            throw Refusal(description: "DATABASE_URL: \(database.explanation(of: error))")
        }
    }

    /// Goes along the chains and looks for the first break of each.
    ///
    /// - Parameter expected: hashes that were written down before, in hexadecimal digits: each must still be the hash of an entry.
    package func verify(organization: String?, expected: [String]) async throws(Refusal) -> Findings {
        var open = Set<[UInt8]>()
        for text in expected {
            guard let hash = [UInt8](hex: text), hash.count == 32 else {
                throw Refusal(description: "\(text.shown) is no hash: it has 64 hexadecimal digits")
            }
            open.insert(hash)
        }
        var findings: [Finding] = []
        for name in try await organizations(organization) {
            var check = ChainCheck(expecting: open)
            try await each(of: name) { check.take($0) }
            open = check.expected
            findings.append(
                Finding(
                    organization: name.rawValue, sequence: check.sequence, hash: check.hash.hex,
                    fault: check.fault.map(Self.words)))
        }
        return Findings(logs: findings, missing: open.map(\.hex).sorted())
    }

    /// Hands over each entry as one line of JSON, with the fields and in the order in which they are hashed.
    package func export(organization: String?, _ line: (String) -> Void) async throws(Refusal) {
        for name in try await organizations(organization) { try await each(of: name) { line(Self.line($0)) } }
    }

    private func organizations(_ name: String?) async throws(Refusal) -> [OrganizationID] {
        if let name { return [OrganizationID(rawValue: name)] }
        do {
            return try await audit.organizations()
        } catch {
            throw Self.refusal(error)
        }
    }

    private func each(of organization: OrganizationID, _ body: (AuditEntry) -> Void) async throws(Refusal) {
        do {
            try await audit.each(of: organization, body)
        } catch {
            throw Self.refusal(error)
        }
    }

    private static func refusal(_ error: ControlError) -> Refusal {
        guard case .unavailable(let detail) = error else { return Refusal(description: "\(error)") }
        return Refusal(description: "the database cannot be used: \(detail)")
    }

    private static func words(_ fault: ChainCheck.Fault) -> String {
        switch fault {
        case .changed(let sequence): "entry \(sequence) is not what was written"
        case .missing(let range) where range.count == 1: "entry \(range.lowerBound) is missing"
        case .missing(let range): "entries \(range.lowerBound) to \(range.upperBound) are missing"
        case .moved(let sequence, let place): "entry \(sequence) stands in the place of entry \(place)"
        }
    }

    private static func line(_ entry: AuditEntry) -> String {
        let fields: [(String, String?)] = [
            ("organization", entry.organization.rawValue), ("sequence", nil), ("timestamp", "\(entry.at)"),
            ("actor", entry.actor.rawValue), ("action", entry.action), ("subject", entry.subject),
            ("reason", entry.reason), ("requestId", entry.request), ("address", entry.address),
            ("before", entry.before), ("after", entry.after), ("detail", entry.detail), ("hash", entry.hash.hex),
        ]
        let members = fields.map { name, value in
            name == "sequence" ? "\"sequence\":\(entry.sequence)" : "\"\(name)\":\(value.map(quoted) ?? "null")"
        }
        return "{\(members.joined(separator: ","))}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            // Line ends to JavaScript and to some readers of lines, though not to JSON.
            case "\u{0}"..."\u{1F}", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
