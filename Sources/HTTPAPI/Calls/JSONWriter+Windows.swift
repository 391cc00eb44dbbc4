import CallControl
import CallCore

extension JSONWriter {
    /// All that must be open for a dial of a call, each with where it comes from.
    mutating func callWindows(_ record: CallRecord) {
        let own = record.call.windows.map { ($0, $0.isAddition ? "callMetadata" : "call") }
        let wider = record.window.map { [($0.window, $0.owner.source)] } ?? []
        array("callWindows", own + wider) { writer, window in
            writer.object { writer in
                writer.members(of: window.0)
                writer.string("source", window.1)
            }
        }
    }

    /// The window of an agent or an organization.
    mutating func callWindow(_ window: CallWindow?) {
        guard let window else { return null("callWindow") }
        object("callWindow") { $0.members(of: window) }
    }

    private mutating func members(of window: CallWindow) {
        let days = CallWindow.Weekday.allCases.filter(window.days.contains)
        array("days", days) { $0.string("\($1)") }
        string("start", window.start.timeOfDay)
        string("end", window.end.timeOfDay)
        string("timezone", window.zone.name)
    }
}

extension WindowOwner {
    fileprivate var source: String {
        switch self {
        case .call: "call"
        case .agent: "agent"
        case .organization: "organization"
        }
    }

    /// Nil for the call itself.
    var id: String? {
        switch self {
        case .call: nil
        case .agent(let agent): agent.rawValue
        case .organization(let organization): organization.rawValue
        }
    }

    /// Whose window it is, in a sentence.
    var possessive: String {
        switch self {
        case .call: "its callWindow"
        case .agent: "its agent's callWindow"
        case .organization: "its organization's callWindow"
        }
    }
}
