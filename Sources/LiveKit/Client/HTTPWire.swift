import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SwiftProtobuf

/// Requests over HTTP: Twirp with protobuf bodies, each with a token that allows what it asks for and no more.
struct HTTPWire: LiveKitWire {
    let url: ServerURL
    let key: APIKey
    let dials: HTTPClient
    let others: HTTPClient
    /// For the times in tokens.
    let now: @Sendable () -> Date
    private let tokens = TokenShelf()

    init(url: ServerURL, key: APIKey, dials: HTTPClient, others: HTTPClient, now: @escaping @Sendable () -> Date) {
        self.url = url
        self.key = key
        self.dials = dials
        self.others = others
        self.now = now
    }

    var elapsed: Duration { .nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }

    func send<Answer: Message>(
        _ rpc: RPC, _ message: some Message, _ terms: RequestTerms, within timeout: Duration
    ) async throws(LiveKitError) -> Answer {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        let body: ByteBuffer
        do {
            body = ByteBuffer(bytes: try message.serializedBytes() as [UInt8])
        } catch {
            throw .unreachable("\(rpc.rawValue): the request cannot be written: \(error)")
        }
        let token = try await token(for: rpc, terms, timeout)
        var headers: HTTPHeaders = [
            "Authorization": "Bearer \(token)", "Content-Type": "application/protobuf",
            "Accept": "application/protobuf",
            "User-Agent": "switchboard",
        ]
        if let serverDeadline = terms.serverDeadline {
            headers.add(name: "X-Twirp-Timeout-Ms", value: String(serverDeadline.milliseconds))
        }
        let answer = try await Exchange(
            url: url.address(of: rpc), headers: headers, body: body, limit: terms.limit, leaving: terms.leaving
        )
        .send(through: rpc == .createSIPParticipant ? dials : others, deadline: deadline)
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

    /// Valid for as long as the request may wait for a connection, and for clocks that differ.
    private func token(
        for rpc: RPC, _ terms: RequestTerms, _ timeout: Duration
    ) async throws(LiveKitError) -> String {
        do {
            let lifetime = timeout + .seconds(AccessToken.leeway)
            return try await tokens.token(for: rpc, room: terms.room, by: key, at: now(), lifetime: lifetime)
        } catch {
            throw .unreachable("no token could be signed")
        }
    }

    /// What we did not declare we do not keep: a room's TURN password is among it.
    private static let decoding: BinaryDecodingOptions = {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        return options
    }()
}
