package import CallCore

extension Calls {
    /// What happened to a call of the caller's organization, after `sequence` and oldest first, and whether there is more.
    package func events(
        of id: CallID, by caller: Caller, after sequence: Int64, limit: Int
    ) async throws(ControlError) -> (events: [RecordedEvent], hasMore: Bool) {
        _ = try await get(id, by: caller)
        do {
            let found = try await store.events(of: id, after: sequence, limit: limit + 1)
            return (Array(found.prefix(limit)), found.count > limit)
        } catch {
            throw ControlError(error)
        }
    }
}
