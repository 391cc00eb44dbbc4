import Foundation
import NIOCore
import SwiftProtobuf

extension LiveKitClient {
    /// Carries out one RPC, repeating it as the terms allow.
    func call<Answer: Message>(
        _ rpc: RPC, _ message: some Message, _ terms: RequestTerms
    ) async throws(LiveKitError) -> Answer {
        let deadline = wire.elapsed + (terms.timeout ?? timeout)
        var attempt = 1
        while true {
            do throws(LiveKitError) {
                return try await wire.send(rpc, message, terms, within: deadline - wire.elapsed)
            } catch {
                guard error.isWorthRepeating, !Task.isCancelled, let pause = terms.retries.pause(after: attempt),
                    wire.elapsed + pause < deadline
                else { throw error }
                // A pause ends early only when the caller is cancelled.
                guard (try? await self.pause(pause)) != nil else { throw error }
                attempt += 1
            }
        }
    }
}

extension LiveKitError {
    /// An answer other than 200.
    ///
    /// - Parameter secret: the request's token, which a talkative proxy might quote.
    init(_ answer: Exchange.Answer, hiding secret: String) {
        if let error = TwirpError(httpStatus: answer.status, body: Array(answer.body.readableBytesView)) {
            self = .answered(error)
        } else {
            let text = String(decoding: answer.body.readableBytesView, as: UTF8.self)
                .replacingOccurrences(of: secret, with: "(token)")
            self = .refused(
                status: answer.status, text: String(text.prefix(200)).trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
