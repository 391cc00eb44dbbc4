import CallControl
import CallCore
import StoredRows

/// The deeds of one transaction, on their way into the audit logs of their organizations.
///
/// The end of each chain is a row of `audit_ends`, which whoever writes has locked: so that entries follow on each other over
/// all nodes.
struct Chains {
    private let notes: [OrganizationID: [(note: AuditNote, caller: Caller, at: Moment)]]
    private let organizations: [OrganizationID]

    init(_ notes: [(note: AuditNote, caller: Caller, at: Moment)]) {
        self.notes = Dictionary(grouping: notes) { $0.caller.organization }
        // In one order everywhere: two that lock ends in turns would wait for ever.
        organizations = self.notes.keys.sorted { $0.rawValue < $1.rawValue }
    }

    /// Two statements for each organization.
    var lock: [Statement] {
        organizations.flatMap { organization in
            [
                Statement(Self.begin, [organization.rawValue, AuditChain.root]),
                Statement(Self.end, [organization.rawValue]),
            ]
        }
    }

    private static let begin =
        "INSERT INTO audit_ends (organization, sequence, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING"
    private static let end = "SELECT \(StoredAudit.Head.columns) FROM audit_ends WHERE organization = $1 FOR UPDATE"
    private static let insert = Insertion(into: "audit", StoredAudit.insertColumns)

    /// The entries, after the ends that `lock` has read; nil: an end is missing, which cannot be.
    func continued(after ends: [Rows]) -> [Statement]? {
        var statements: [Statement] = []
        for (index, organization) in organizations.enumerated() {
            guard let end = ends[2 * index + 1].first else { return nil }
            var head = StoredAudit.Head(end)
            for (note, caller, at) in notes[organization] ?? [] {
                let entry = head.append(note, for: caller, at: at)
                statements.append(Self.insert.row(StoredAudit.insertValues(entry)))
            }
            statements.append(
                Statement(
                    "UPDATE audit_ends SET sequence = $1, hash = $2 WHERE organization = $3",
                    [head.sequence, head.hash, organization.rawValue]))
        }
        return statements
    }
}
