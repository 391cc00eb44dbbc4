import LiveKit
import SwiftProtobuf

/// How a request's body and its answer's are written.
enum TwirpFormat: Sendable {
    case protobuf, json

    var contentType: String {
        switch self {
        case .protobuf: "application/protobuf"
        case .json: "application/json"
        }
    }

    /// Parameters do not count, nor does the case.
    init?(contentType: String?) {
        switch contentType?.prefix(while: { $0 != ";" }).filter({ $0 != " " }).lowercased() {
        case "application/protobuf": self = .protobuf
        case "application/json": self = .json
        default: return nil
        }
    }
}

/// A request as a method sees it.
struct TwirpRequest: Sendable {
    let format: TwirpFormat
    let body: [UInt8]
    /// The token, nil where none was sent.
    let token: AccessToken?
    /// Milliseconds that the caller allows (X-Twirp-Timeout-Ms).
    let timeout: Int64?
}

/// One RPC with its two lives: doing what it says, and only saying so.
struct TwirpMethod: Sendable {
    typealias Answer = @Sendable () async throws(Refusal) -> [UInt8]

    /// Reads a request and checks its permission; what comes back does it, and what pretends to.
    let prepare: @Sendable (TwirpRequest) throws(Refusal) -> (real: Answer, lie: Answer)

    /// - Parameters:
    ///   - rpc: the RPC whose permission this one needs.
    ///   - room: the room whose permission is needed.
    ///   - lie: what is answered when nothing was done.
    init<Question: TwirpQuestion, Reply: Message>(
        _ rpc: RPC, _ shape: JSONShape, room: @escaping @Sendable (Question) -> String? = { _ in nil },
        lie: @escaping @Sendable (Question) -> Reply = { _ in Reply() },
        _ answer: @escaping @Sendable (Question, TwirpRequest) async throws(Refusal) -> Reply
    ) {
        prepare = { request throws(Refusal) in
            let format = request.format
            let question: Question
            do {
                question =
                    switch format {
                    case .protobuf: try Question(protobuf: request.body)
                    case .json: try Question(json: request.body)
                    }
            } catch {
                throw Refusal(.malformed, "the \(format == .json ? "json" : "protobuf") request could not be decoded")
            }
            guard let token = request.token, token.permits(rpc, room: room(question)) else { throw .permissionsDenied }
            return (
                real: { () async throws(Refusal) in
                    try Self.encode(try await answer(question, request), format, shape)
                },
                lie: { () async throws(Refusal) in try Self.encode(lie(question), format, shape) }
            )
        }
    }

    private static func encode(_ reply: some Message, _ format: TwirpFormat, _ shape: JSONShape) throws(Refusal)
        -> [UInt8]
    {
        do {
            switch format {
            case .protobuf: return try reply.serializedBytes()
            case .json:
                var options = JSONEncodingOptions()
                options.preserveProtoFieldNames = true
                return shape.fill(try reply.jsonUTF8Bytes(options: options))
            }
        } catch {
            throw Refusal(.internal, "failed to marshal the response")
        }
    }
}
