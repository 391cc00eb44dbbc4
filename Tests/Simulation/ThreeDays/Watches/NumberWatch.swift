import CallCore

/// Counts the dials of an organization to each number in any stretch of the limit's time.
struct NumberWatch {
    private struct Line: Hashable {
        let organization: OrganizationID
        let number: PhoneNumber
    }

    private let limit: NumberLimit
    private var dials: [Line: [Moment]] = [:]
    private var full: Set<Line> = []
    private(set) var most = 0

    init(_ limit: NumberLimit) { self.limit = limit }

    /// What is wrong with it.
    mutating func dialled(_ call: Call, at now: Moment) -> String? {
        let line = Line(organization: call.organization, number: call.contact.phone)
        var log = dials[line, default: []]
        log.removeAll { now.since($0) >= limit.window }
        log.append(now)
        dials[line] = log
        most = max(most, log.count)
        if log.count == limit.dials { full.insert(line) }
        guard log.count > limit.dials else { return nil }
        return
            "\(line.number.e164) is dialled \(log.count) times in \(limit.window) until \(now), for \(line.organization)"
    }

    var isTried: Bool { !full.isEmpty }
    var summary: String {
        "\(most) dials to a number in \(limit.window) at most, so many to \(full.count) numbers"
    }
}
