import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SwiftProtobuf

extension LiveKitClient {
    /// What one call wants beside its messages.
    struct Terms {
        /// The room of the request, for RPCs whose token names it.
        var room: String?
        /// Nil: the client's own.
        var timeout: Duration?
        var retries = RetryPolicy.never
        var limit = LiveKitClient.answerLimit
        /// The server gives up after this, if set.
        var serverDeadline: Duration?
    }

    /// Carries out one RPC, repeating it as the terms allow.
    func call<Answer: Message>(
        _ rpc: RPC, _ message: some Message, through client: HTTPClient, _ terms: Terms
    ) async throws(LiveKitError) -> Answer {
        let timeout = terms.timeout ?? self.timeout
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let body: ByteBuffer
        do {
            body = ByteBuffer(bytes: try message.serializedBytes() as [UInt8])
        } catch {
            throw .unreachable("\(rpc.rawValue): the request cannot be written: \(error)")
        }
        var attempt = 1
        while true {
            do throws(LiveKitError) {
                return try await self.attempt(rpc, body, through: client, terms, timeout: timeout, deadline: deadline)
            } catch {
                guard error.isWorthRepeating, !Task.isCancelled, let pause = terms.retries.pause(after: attempt),
                    NIODeadline.now() + TimeAmount(pause) < deadline
                else { throw error }
                // A pause ends early only when the caller is cancelled.
                guard (try? await self.pause(pause)) != nil else { throw error }
                attempt += 1
            }
        }
    }

    private func attempt<Answer: Message>(
        _ rpc: RPC, _ body: ByteBuffer, through client: HTTPClient, _ terms: Terms, timeout: Duration,
        deadline: NIODeadline
    ) async throws(LiveKitError) -> Answer {
        let token: String
        do {
            // Valid for as long as the request may wait for a connection, and for clocks that differ.
            let lifetime = timeout + .seconds(AccessToken.leeway)
            token = try await AccessToken(for: rpc, room: terms.room, issuer: key.name, at: now(), lifetime: lifetime)
                .signed(by: key)
        } catch {
            throw .unreachable("no token could be signed")
        }
        var headers: HTTPHeaders = [
            "Authorization": "Bearer \(token)", "Content-Type": "application/protobuf",
            "Accept": "application/protobuf",
            "User-Agent": "switchboard",
        ]
        if let serverDeadline = terms.serverDeadline {
            headers.add(name: "X-Twirp-Timeout-Ms", value: String(serverDeadline.milliseconds))
        }
        let answer = try await Exchange(url: url.address(of: rpc), headers: headers, body: body, limit: terms.limit)
            .send(through: client, deadline: deadline)
        guard answer.status == 200 else { throw LiveKitError(answer, hiding: token) }
        guard answer.contentType.lowercased().hasPrefix("application/protobuf") else {
            throw .malformed("content type \(answer.contentType.prefix(80))")
        }
        do {
            return try Answer(serializedBytes: Array(answer.body.readableBytesView), options: Self.decoding)
        } catch {
            throw .malformed("not a \(Answer.protoMessageName)")
        }
    }

    /// What we did not declare we do not keep: a room's TURN password is among it.
    private static let decoding: BinaryDecodingOptions = {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        return options
    }()
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
