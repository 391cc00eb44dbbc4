import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1

/// One HTTP request and its whole answer by a deadline.
struct Exchange {
    var url: String
    var headers: HTTPHeaders
    var body: ByteBuffer
    /// Of the answer's body, in bytes.
    var limit: Int
    /// Asked when there is a connection for it; false: no more than its head goes out.
    var leaving: @Sendable () -> Bool = { true }

    struct Answer {
        var status: Int
        var contentType: String
        var body: ByteBuffer
    }

    /// Sends the request.
    ///
    /// Whether it left is known from the body: the client asks for it only after the head went out on a connection, and
    /// a server does nothing with a request whose body is missing. So an error before that moment is `unreachable`,
    /// later `interrupted`.
    func send(through client: HTTPClient, deadline: NIODeadline) async throws(LiveKitError) -> Answer {
        // No body, no such proof: then the head alone is the request.
        let mayHaveLeft = NIOLockedValueBox(body.readableBytes == 0)
        do {
            let request = try HTTPClient.Request(
                url: url, method: .POST, headers: headers,
                body: .stream(contentLength: Int64(body.readableBytes)) { [body, leaving] writer in
                    guard leaving() else {
                        return writer.write(.byteBuffer(ByteBuffer())).flatMapThrowing { throw CancellationError() }
                    }
                    mayHaveLeft.withLockedValue { $0 = true }
                    return writer.write(.byteBuffer(body))
                })
            try Task.checkCancellation()
            let running = client.execute(
                request: request, delegate: ResponseAccumulator(request: request, maxBodySize: limit),
                deadline: deadline)
            let response = try await withTaskCancellationHandler {
                try await running.get()
            } onCancel: {
                running.cancel()
            }
            return Answer(
                status: Int(response.status.code), contentType: response.headers.first(name: "Content-Type") ?? "",
                body: response.body ?? ByteBuffer())
        } catch is ResponseAccumulator.ResponseTooBigError {
            throw .malformed("longer than \(limit) bytes")
        } catch is CancellationError {
            throw .unreachable("cancelled before it was sent")
        } catch {
            let why = Self.reason(error)
            throw mayHaveLeft.withLockedValue { $0 } ? .interrupted(why) : .unreachable(why)
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? HTTPClientError {
        case .deadlineExceeded: "timed out"
        case .cancelled: "cancelled"
        case .remoteConnectionClosed: "connection closed"
        default: String(describing: error)
        }
    }
}
