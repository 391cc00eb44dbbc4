import CallControl
import CallCore

/// The object that says what a batch may spend in a day.
enum BudgetInput {
    static let fields = ["callsPerDay", "minutesPerDay", "timezone"]

    /// Nil where something is wrong, which the fields then say.
    ///
    /// `place`: the batch's, for a budget that names none.
    static func budget(_ fields: inout Fields, place: Zone?) -> Budget? {
        let calls = fields.whole("callsPerDay", in: Budget.calls)
        let minutes = fields.whole("minutesPerDay", in: Budget.minutes)
        let zone = WindowInput.place(&fields)
        guard fields.faults.isEmpty else { return nil }
        let budget = Budget(callsPerDay: calls, minutesPerDay: minutes, zone: zone ?? place ?? .utc)
        if budget == nil { fields.noteOfAll("needs callsPerDay, minutesPerDay or both") }
        return budget
    }
}

extension JSONWriter {
    /// `today`: what was spent of it, where that was asked.
    mutating func budget(_ budget: Budget?, today: BatchRecord.Today? = nil) {
        guard let budget else { return null("budget") }
        object("budget") { writer in
            writer.number("callsPerDay", budget.callsPerDay)
            writer.number("minutesPerDay", budget.minutesPerDay)
            writer.string("timezone", budget.zone.name)
            guard let today else { return }
            writer.number("callsToday", today.spending.sent)
            writer.number("minutesToday", today.spending.minutes)
            writer.moment("dayEndsAt", today.day.end)
            writer.bool("isWaived", today.isWaived)
        }
    }
}
