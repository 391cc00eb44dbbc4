import NIOHTTP1

extension ServerOptions {
    /// Follows an operation on the screen, or prints its last state as the API's own JSON.
    func following(_ first: OperationRow, _ client: APIClient, seconds: Int) async throws -> OperationRow {
        let follow = OperationFollow(client: client, limit: seconds)
        guard json else {
            var view = OperationView(Terminal())
            let last = try await follow.run(first) { view.show($0) }
            view.end(last)
            return last
        }
        guard let id = try await follow.run(first).operationId else { return first }
        let answer = try await client.ask(.GET, ["operations", id])
        Terminal.print(String(decoding: answer.body, as: UTF8.self))
        return try answer.decoded(OperationRow.self)
    }
}
