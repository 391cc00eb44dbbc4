import Foundation
import NIOHTTP1

/// Sends one batch after the other.
struct BatchSender: Sendable {
    let sender: ImportSender
    let request: BatchRequest
    /// What the keys of the run begin with.
    let run: String
    let isDryRun: Bool

    init(client: APIClient, request: BatchRequest, run: String, isDryRun: Bool) {
        sender = ImportSender(client: client, path: ["calls", "batch"], run: isDryRun ? nil : run)
        self.request = request
        self.run = run
        self.isDryRun = isDryRun
    }

    /// - Parameter number: of the batch in its run, from 1.
    func send(_ calls: [Data], number: Int) async throws -> (reply: BatchReply, answer: APIClient.Answer) {
        let (status, answer) = try await sender.send(request.body(calls), number: number)
        // A batch of which no row is good is an error with the rows beside it.
        if status.code == 400 {
            guard let reply = try? answer.decoded(BatchReply.self) else {
                throw ClientFailure.refused(answer.message(status))
            }
            return (reply, answer)
        }
        return (try answer.decoded(BatchReply.self), answer)
    }
}
