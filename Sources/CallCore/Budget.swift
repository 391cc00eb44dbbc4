/// What a batch may spend in one day of a place.
package struct Budget: Sendable, Equatable {
    /// Dials; nil: as many as there are.
    package let callsPerDay: Int?
    /// From answer to end, of calls that ended on that day; nil: as many as there are.
    package let minutesPerDay: Int?
    /// Whose midnight ends the day.
    package let zone: Zone

    package static let calls = 1...100_000
    package static let minutes = 1...100_000

    /// Nil where it would limit nothing.
    package init?(callsPerDay: Int? = nil, minutesPerDay: Int? = nil, zone: Zone = .utc) {
        guard callsPerDay != nil || minutesPerDay != nil else { return nil }
        self.callsPerDay = callsPerDay
        self.minutesPerDay = minutesPerDay
        self.zone = zone
    }

    /// What a batch has spent of one day.
    package struct Spending: Sendable, Equatable {
        /// Dials that were sent on that day.
        package var sent: Int
        /// Attempts that were begun and not sent: each of them may be one dial more.
        package var placing: Int
        /// From answer to end, of calls that ended on that day.
        package var talked: Duration

        package init(sent: Int = 0, placing: Int = 0, talked: Duration = .zero) {
            self.sent = sent
            self.placing = placing
            self.talked = talked
        }
    }

    /// Whether one more attempt may be begun, so that there cannot be a dial too many.
    package func admits(_ spending: Spending) -> Bool {
        if let callsPerDay, spending.sent + spending.placing >= callsPerDay { return false }
        return !isTalkedUp(spending)
    }

    /// Whether the day is over for the batch, whatever becomes of the attempts that are under way.
    package func isSpent(by spending: Spending) -> Bool {
        if let callsPerDay, spending.sent >= callsPerDay { return true }
        return isTalkedUp(spending)
    }

    private func isTalkedUp(_ spending: Spending) -> Bool {
        minutesPerDay.map { spending.talked >= .seconds($0 * 60) } ?? false
    }

    /// In words for people, of what it is spent by.
    package func reason(_ spending: Spending) -> String {
        if let minutesPerDay, isTalkedUp(spending) {
            return "budget: \(spending.minutes) of \(minutesPerDay) minutes of this day (\(zone.name)) are spent"
        }
        return "budget: \(spending.sent) of \(callsPerDay ?? 0) calls of this day (\(zone.name)) are dialled"
    }
}

extension Budget.Spending {
    /// Whole ones.
    package var minutes: Int { Int(talked.milliseconds / 60_000) }
}
