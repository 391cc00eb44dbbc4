/// What the budget of its batch says to a call that is about to be begun.
package struct Allowance: Sendable, Equatable {
    private let budget: Budget
    private var spending: Budget.Spending
    /// Somebody has lifted the pause of this day: the rest of it is not counted.
    private let isWaived: Bool
    /// When the batch was let go after it had last been paused for its budget.
    package let resumedAt: Moment?

    package init(_ budget: Budget, _ spending: Budget.Spending, isWaived: Bool = false, resumedAt: Moment? = nil) {
        self.budget = budget
        self.spending = spending
        self.isWaived = isWaived
        self.resumedAt = resumedAt
    }

    package var isLeft: Bool { isWaived || budget.admits(spending) }

    /// An attempt was begun in the same transaction.
    package mutating func begin() { spending.placing += 1 }
}

extension Call {
    /// Its time, where its batch was paused for its budget until `release`: it is not late by what it could not be dialled for.
    package func resumed(at release: Moment?) -> Call {
        guard phase == .waiting, let release, expectedAt < release else { return self }
        var call = self
        call.dueAt = release
        call.dueBefore = nil
        return call
    }
}
