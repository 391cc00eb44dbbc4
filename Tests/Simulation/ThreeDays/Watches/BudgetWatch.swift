import CallControl
import CallCore
import Foundation

/// Counts the dials and the minutes of a batch on each day, as a wall calendar of its place has them.
struct BudgetWatch {
    private let batch: BatchID
    private let budget: Budget
    private let calendar: Calendar
    private var dials: [DateComponents: Int] = [:]
    private var talks: [DateComponents: [(end: Moment, length: Duration)]] = [:]
    private var spentDays: Set<DateComponents> = []
    private var pausedDays: Set<DateComponents> = []

    /// A dial counts when it is written down as sent, and leaves a moment later.
    private static let commit: Duration = .milliseconds(20)
    /// A call is begun some moments before it is dialled, and what others have talked until then is what counts.
    private static let preparation: Duration = .seconds(10)

    init(_ batch: BatchID, _ budget: Budget) {
        self.batch = batch
        self.budget = budget
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: budget.zone.name) ?? .gmt
        self.calendar = calendar
    }

    /// What is wrong with it.
    mutating func dialled(at now: Moment) -> String? {
        var day = day(of: now)
        let before = self.day(of: now - Self.commit)
        if before != day, let most = budget.callsPerDay, dials[before, default: 0] < most { day = before }
        let count = dials[day, default: 0] + 1
        dials[day] = count
        if let most = budget.callsPerDay {
            if count == most { spentDays.insert(day) }
            if count > most { return fault(now, "its dial \(count) of the day") }
        }
        let talked = talks[day, default: []].filter { now.since($0.end) > Self.preparation }
            .reduce(Duration.zero) { $0 + $1.length }
        if let most = budget.minutesPerDay, talked >= .seconds(most * 60) {
            return fault(now, "after \(talked) of talk on that day")
        }
        return nil
    }

    /// A call of the batch is over that was answered so long before.
    mutating func talked(_ length: Duration, until now: Moment) {
        let day = day(of: now)
        talks[day, default: []].append((now, length))
        if let most = budget.minutesPerDay, total(day) >= .seconds(most * 60) { spentDays.insert(day) }
    }

    /// What is wrong with a pause: it is one a day, on a day that is spent, from then to its midnight.
    mutating func judge(_ pause: Stop) -> String? {
        let day = day(of: pause.at)
        guard spentDays.contains(day) else { return "that day was not spent" }
        guard pausedDays.insert(day).inserted else { return "for the second time on that day" }
        guard let until = pause.until, self.day(of: until - .milliseconds(1)) == day, self.day(of: until) != day else {
            return "its midnight is another one"
        }
        guard let release = pause.release, release.at.since(until) < .seconds(1), release.at >= until else {
            return "it was to be let go at \(until)"
        }
        return nil
    }

    private func fault(_ now: Moment, _ what: String) -> String {
        "\(batch) is dialled at \(now) (\(budget.zone.name)): \(what)"
    }

    private func total(_ day: DateComponents) -> Duration {
        talks[day, default: []].reduce(.zero) { $0 + $1.length }
    }

    private func day(of moment: Moment) -> DateComponents {
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
        return calendar.dateComponents([.year, .month, .day], from: date)
    }

    /// A day was spent, and the batch went on after it.
    var isTried: Bool { !pausedDays.isEmpty && dials.count > spentDays.count }
    var summary: String {
        let minutes = talks.keys.map { total($0).milliseconds / 60_000 }.max() ?? 0
        let limits = [budget.callsPerDay.map { "\($0) dials" }, budget.minutesPerDay.map { "\($0) minutes" }]
        return """
            \(batch), \(limits.compactMap(\.self).joined(separator: " and ")) a day in \(budget.zone.name): \(dials.values.max() ?? 0) dials and \
            \(minutes) minutes at most, \(spentDays.count) of \(dials.count) days spent, paused on \(pausedDays.count)
            """
    }
}
