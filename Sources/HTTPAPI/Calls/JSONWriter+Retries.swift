import CallCore

extension JSONWriter {
    /// How a call is retried, under the names that it was asked for with; null what is not said because there is no retry.
    mutating func retries(_ plan: RetryPlan?) {
        number("maxRetries", plan?.maxRetries ?? 0)
        switch plan?.times {
        case .after(let intervals):
            array("retryIntervals", intervals) { $0.string($1.interval) }
            null("retrySchedule")
        case .at(let moments):
            null("retryIntervals")
            array("retrySchedule", moments) { $0.string("\($1)") }
        case nil:
            null("retryIntervals")
            null("retrySchedule")
        }
        flag("retryOnNoAnswer", plan?.onNoAnswer)
        flag("retryOnBusy", plan?.onBusy)
        flag("retryOnFailed", plan?.onFailed)
    }

    private mutating func flag(_ name: String, _ value: Bool?) {
        if let value { bool(name, value) } else { null(name) }
    }
}
