import Foundation
import NIOHTTP1

/// Sends one request of an import after the other, each with a key of its own: one whose answer got lost is sent again and not done
/// twice.
struct ImportSender: Sendable {
    let client: APIClient
    let path: [String]
    /// What the keys of a run begin with; nil: nothing is written.
    let run: String?

    /// A server that restarts is waited for this often, a second each time.
    private static let mostTries = 60

    /// The server's yes, or its 400, of which whoever asks may make something.
    ///
    /// - Parameter number: of the request in its run, from 1.
    func send(
        _ body: Data, number: Int
    ) async throws -> (status: HTTPResponseStatus, answer: APIClient.Answer) {
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
    ) async throws(ClientFailure) -> (status: HTTPResponseStatus, answer: APIClient.Answer) {
        let (status, answer) = try await client.exchange(
            .POST, path, body: body, headers: run.map { [("idempotency-key", "\($0)-\(number)")] } ?? [], timeout: 60)
        guard (200..<300).contains(status.code) || status.code == 400 else {
            // The first one is still being carried out, too many requests, the store is away.
            throw [409, 429, 503].contains(status.code)
                ? .busy(answer.message(status)) : .refused(answer.message(status))
        }
        return (status, answer)
    }
}
