/// What may be asked about requests that are repeated.
package struct Answers: Sendable {
    let store: any AnswerStore

    package init(store: any AnswerStore) { self.store = store }

    /// What this request would be told instead of being carried out; nil: it is new.
    package func repetition(of once: Once) async throws(ControlError) -> Repetition? {
        do {
            return try await store.repetition(of: once)
        } catch {
            throw ControlError(error)
        }
    }
}
