import CallCore

/// Knows from when on which numbers are never to be dialled, and so which calls may end without.
struct SuppressionWatch {
    private struct Line: Hashable {
        let organization: OrganizationID
        let number: PhoneNumber

        init(_ organization: OrganizationID, _ number: PhoneNumber) {
            (self.organization, self.number) = (organization, number)
        }

        init(_ call: Call) { self.init(call.organization, call.contact.phone) }
    }

    private var since: [Line: Moment] = [:]
    /// Calls that were ended.
    private(set) var ended = 0

    /// A dial that is written down as sent leaves a moment later.
    private static let commit: Duration = .milliseconds(20)

    mutating func suppressed(_ numbers: [PhoneNumber], of organization: OrganizationID, at now: Moment) {
        for number in numbers where since[Line(organization, number)] == nil {
            since[Line(organization, number)] = now
        }
    }

    func covers(_ call: Call) -> Bool { since[Line(call)] != nil }

    /// What is wrong with a dial.
    func dialled(_ call: Call, at now: Moment) -> String? {
        guard let since = since[Line(call)], now.since(since) > Self.commit else { return nil }
        return "\(call.id) is dialled at \(now), and \(call.contact.phone) is suppressed since \(since)"
    }

    /// What is wrong with a call that has not had all the attempts that were asked for.
    mutating func judge(_ call: Call, _ status: CallStatus) -> String? {
        guard covers(call) else { return "\(call.id) is \(status.rawValue), and was to be dialled once more" }
        guard status == .cancelled else {
            return "\(call.id) is \(status.rawValue), and its number is suppressed"
        }
        ended += 1
        return nil
    }

    var isTried: Bool { ended > 0 }
    var summary: String { "\(since.count) numbers suppressed, \(ended) calls ended by that" }
}
