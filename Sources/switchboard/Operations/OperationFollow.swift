import NIOHTTP1

/// Follows an operation until every phone that it concerns is silent, or until the time is up.
struct OperationFollow {
    let client: APIClient
    let terminal: Terminal
    /// In seconds.
    let limit: Int

    /// The last that was seen of it.
    ///
    /// A server that restarts meanwhile goes on with the operation, so it is asked again for as long as there is time.
    func run(_ first: OperationRow) async throws -> OperationRow {
        var view = OperationView(terminal)
        var last = first
        let end = ContinuousClock.now + .seconds(limit)
        while let id = last.operationId, !last.isSilent, ContinuousClock.now < end {
            view.show(last)
            try await Task.sleep(for: .milliseconds(150))
            do {
                last = try await client.ask(.GET, ["operations", id]).decoded(OperationRow.self)
            } catch ClientFailure.unreachable {
                continue
            }
        }
        view.end(last)
        return last
    }
}
