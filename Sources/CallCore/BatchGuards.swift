/// What keeps a batch from running away.
package struct BatchGuards: Sendable, Equatable {
    package var breaker: Breaker?

    package init(breaker: Breaker? = nil) { self.breaker = breaker }
}
