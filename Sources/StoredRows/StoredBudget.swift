package import CallControl
package import CallCore

/// A budget as a column has it: calls or `-`, minutes or `-`, the zone; and what is counted for it.
package enum StoredBudget {
    static func text(_ budget: Budget) -> String {
        func word(_ number: Int?) -> String { number.map(String.init) ?? "-" }
        return "\(word(budget.callsPerDay)) \(word(budget.minutesPerDay)) \(budget.zone.name)"
    }

    static func budget(_ text: String) throws -> Budget {
        let words = text.split(separator: " ")
        guard words.count == 3, words[0] == "-" || Int(words[0]) != nil, words[1] == "-" || Int(words[1]) != nil,
            let budget = Budget(
                callsPerDay: Int(words[0]), minutesPerDay: Int(words[1]), zone: Zone(accepted: String(words[2])))
        else { throw Corrupt("budget \(text)") }
        return budget
    }

    /// What is counted over the calls of a batch and their attempts (`a`), with a placeholder for the beginning of the day.
    ///
    /// An attempt that was begun before midnight and is sent after it counts for the day on which it is sent, and no attempt that was
    /// never sent counts once it is over.
    package static func spent(since start: String) -> String {
        """
        count(*) FILTER (WHERE a.sent >= \(start)), count(*) FILTER (WHERE a.dial = 0 AND a.ended IS NULL), \
        CAST(coalesce(sum(a.ended - a.answered) FILTER (WHERE a.ended >= \(start)), 0) AS BIGINT)
        """
    }

    package static func spending(_ row: (some StoredRow)?) -> Budget.Spending {
        guard let row else { return Budget.Spending() }
        return Budget.Spending(
            sent: Int(row.number(0)), placing: Int(row.number(1)), talked: .milliseconds(row.number(2)))
    }

    /// `pause`: the last one of the batch for its budget.
    package static func allowance(
        _ budget: Budget, _ spending: Budget.Spending, pause: Stop?, at now: Moment
    ) -> Allowance {
        Allowance(
            budget, spending, isWaived: pause?.isLiftedByHand(at: now) ?? false, resumedAt: pause?.release?.at)
    }
}
