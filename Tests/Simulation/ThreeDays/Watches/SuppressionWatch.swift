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
    /// When somebody has had the time to end what waits.
    private var cleared: [Line: Moment] = [:]
    /// Calls that were ended.
    private var ended = 0
    /// Those that were on the phone, and were not called again.
    private var left = 0

    /// A dial that is written down as sent leaves a moment later.
    private static let commit: Duration = .milliseconds(20)
    /// So soon afterwards all calls to it are over, but for those on the phone.
    private static let ending: Duration = .seconds(1)

    mutating func suppressed(_ planned: CampaignPlan.PlannedSuppression, at now: Moment) {
        for number in planned.numbers where since[Line(planned.organization, number)] == nil {
            let line = Line(planned.organization, number)
            since[line] = now
            cleared[line] = now + .milliseconds(planned.busy) + Self.ending
        }
    }

    /// What is wrong with a dial.
    func dialled(_ call: Call, at now: Moment) -> String? {
        guard let since = since[Line(call)], now.since(since) > Self.commit else { return nil }
        return "\(call.id) is dialled at \(now), and \(call.contact.phone.e164) is suppressed since \(since)"
    }

    /// What is wrong with a call that has not had all the attempts that were asked for.
    ///
    /// `last`: from its last dial to what became of it. Whoever was on the phone at that moment was left alone, and is not called again; all others
    /// are cancelled.
    mutating func judge(_ call: Call, _ status: CallStatus, last: (from: Moment, to: Moment, CallStatus)?) -> String? {
        guard let since = since[Line(call)] else {
            return "\(call.id) is \(status.rawValue), and was to be dialled once more"
        }
        var may: Set<CallStatus> = [.cancelled]
        if let (from, to, end) = last, from <= since + Self.commit, to >= since {
            may = to > cleared[Line(call), default: since] ? [end] : [end, .cancelled]
        }
        guard may.contains(status) else {
            return "\(call.id) is \(status.rawValue), and its number is suppressed since \(since)"
        }
        if status == .cancelled { ended += 1 } else { left += 1 }
        return nil
    }

    var isTried: Bool { ended > 0 && left > 0 }
    var summary: String {
        "\(since.count) numbers suppressed, \(ended) calls ended by that and \(left) on the phone not called again"
    }
}
