import Foundation
import NIOHTTP1

/// Sends one batch after the other, each with a key of its own: one whose answer got lost is sent again and not scheduled twice.
struct BatchSender: Sendable {
    let client: APIClient
    let request: BatchRequest
    /// What the keys of a run begin with.
    let run: String
    let isDryRun: Bool

    /// A server that restarts is waited for this often, a second each time.
    private static let mostTries = 60

    /// - Parameter number: of the batch in its run, from 1.
    func send(_ calls: [Data], number: Int) async throws -> (reply: BatchReply, answer: APIClient.Answer) {
        let body = request.body(calls)
        var tries = 1
        while true {
            do throws(ClientFailure) {
                return try await once(body, number: number)
            } catch {
                // A server that was not there at the beginning is a wrong address.
                guard tries < Self.mostTries else { throw error }
                switch error {
                case .busy: break
                case .unreachable where number > 1: break
                case .refused, .unreachable: throw error
                }
            }
            tries += 1
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func once(
        _ body: Data, number: Int
    ) async throws(ClientFailure) -> (reply: BatchReply, answer: APIClient.Answer) {
        let (status, answer) = try await client.exchange(
            .POST, ["calls", "batch"], body: body,
            headers: isDryRun ? [] : [("idempotency-key", "\(run)-\(number)")], timeout: 60)
        // A batch of which no row is good is an error with the rows beside it.
        if status.code == 400, let reply = try? answer.decoded(BatchReply.self) { return (reply, answer) }
        guard (200..<300).contains(status.code) else {
            // The first one is still being carried out, too many requests, the store is away.
            throw [409, 429, 503].contains(status.code)
                ? .busy(answer.message(status)) : .refused(answer.message(status))
        }
        return (try answer.decoded(BatchReply.self), answer)
    }
}
