import NIOHTTP1

/// Follows an operation until every phone that it concerns is silent, or until the time is up.
struct OperationFollow {
    let client: APIClient
    /// In seconds.
    let limit: Int

    /// The last that was seen of it; `show` hears of each look before.
    ///
    /// A server that restarts meanwhile goes on with the operation, so it is asked again for as long as there is time.
    func run(_ first: OperationRow, show: (OperationRow) -> Void = { _ in }) async throws -> OperationRow {
        var last = first
        let end = ContinuousClock.now + .seconds(limit)
        while let id = last.operationId, !last.isSilent, ContinuousClock.now < end {
            show(last)
            try await Task.sleep(for: .milliseconds(150))
            do {
                last = try await client.ask(.GET, ["operations", id]).decoded(OperationRow.self)
            } catch ClientFailure.unreachable {
                continue
            }
        }
        return last
    }
}
