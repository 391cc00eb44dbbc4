import NIOHTTP1

extension ServerOptions {
    /// Follows an operation on the screen, or prints its last state as the API's own JSON.
    func following(_ first: OperationRow, _ client: APIClient, seconds: Int) async throws -> OperationRow {
        guard json else {
            return try await OperationFollow(client: client, terminal: Terminal(), limit: seconds).run(first)
        }
        let end = ContinuousClock.now + .seconds(seconds)
        while let id = first.operationId {
            let answer = try await client.ask(.GET, ["operations", id])
            let operation = try answer.decoded(OperationRow.self)
            if operation.isSilent || ContinuousClock.now >= end {
                Terminal.print(String(decoding: answer.body, as: UTF8.self))
                return operation
            }
            try await Task.sleep(for: .milliseconds(150))
        }
        return first
    }
}
