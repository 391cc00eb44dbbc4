package import CallCore

/// Where first answers to requests that may be repeated are kept; they are written by the stores of what was changed.
package protocol AnswerStore: Sendable {
    /// What this request would be told instead of being carried out; nil: it is new, or its answer has expired.
    func repetition(of once: Once) async throws(StoreFailure) -> Repetition?
    /// Forgets answers that have expired, at most `limit`; returns how many.
    func forgetAnswers(expiredAt now: Moment, limit: Int) async throws(StoreFailure) -> Int
}
