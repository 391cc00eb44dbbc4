import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on loopback that says what a test tells it to say, also half a sentence or nothing.
final class ScriptedServer: Sendable {
    enum Reply: Sendable {
        case answer(Int, contentType: String, [UInt8])
        /// Announces more than it sends, then closes.
        case half(Int, contentType: String, [UInt8])
        /// Announces more than it sends, and leaves it at that.
        case stall(Int, contentType: String, [UInt8])
        /// Keeps the connection, says nothing.
        case silence
        case close

        static func protobuf(_ bytes: [UInt8]) -> Reply { .answer(200, contentType: "application/protobuf", bytes) }
        static func json(_ status: Int, _ text: String) -> Reply {
            .answer(status, contentType: "application/json", Array(text.utf8))
        }
        static func plain(_ status: Int, _ text: String) -> Reply {
            .answer(status, contentType: "text/plain; charset=utf-8", Array(text.utf8))
        }
    }

    struct Request: Sendable {
        var uri: String
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    private let channel: any Channel
    private let seen = NIOLockedValueBox<[Request]>([])
    /// Every request, once it is read whole.
    let arrivals: AsyncStream<Request>

    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: [Request] { seen.withLockedValue { $0 } }

    /// - Parameter script: chooses the reply by the number of the request, from 0.
    init(_ script: @escaping @Sendable (Int, Request) -> Reply) async throws {
        let (arrivals, arrived) = AsyncStream<Request>.makeStream()
        self.arrivals = arrivals
        let seen = self.seen
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Script { request in
                            let number = seen.withLockedValue { seen in
                                seen.append(request)
                                return seen.count - 1
                            }
                            arrived.yield(request)
                            return script(number, request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async throws { try await channel.close() }
}

private final class Script: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let reply: (ScriptedServer.Request) -> ScriptedServer.Reply
    private var request = ScriptedServer.Request(uri: "", headers: [:], body: [])

    init(reply: @escaping (ScriptedServer.Request) -> ScriptedServer.Reply) { self.reply = reply }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = .init(uri: head.uri, headers: head.headers, body: [])
        case .body(let part): request.body += part.readableBytesView
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        switch reply(request) {
        case .answer(let status, let contentType, let bytes):
            head(status, contentType, length: bytes.count, context)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .half(let status, let contentType, let bytes):
            head(status, contentType, length: bytes.count + 1, context)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
            context.close(promise: nil)
        case .stall(let status, let contentType, let bytes):
            head(status, contentType, length: bytes.count + 1, context)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        case .silence: break
        case .close: context.close(promise: nil)
        }
    }

    private func head(_ status: Int, _ contentType: String, length: Int, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status),
            headers: ["Content-Type": contentType, "Content-Length": String(length)])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }
}
