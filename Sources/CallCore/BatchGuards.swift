/// What keeps a batch from running away.
package struct BatchGuards: Sendable, Equatable {
    package var breaker: Breaker?
    package var budget: Budget?

    package init(breaker: Breaker? = nil, budget: Budget? = nil) {
        self.breaker = breaker
        self.budget = budget
    }
}
