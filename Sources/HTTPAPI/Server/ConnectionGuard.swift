import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// The client took too long over its body.
struct BodyTooSlow: Error {}

/// Stands between the HTTP codec and the application on one connection, and answers for what never gets as far as a route.
///
/// Bytes that are no HTTP get an answer in the error shape, once those before them are answered. A body that does not arrive in time
/// ends the request. A connection that is to be closed is closed gently: the answer first, then our half, then the rest.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let bodyTime: TimeAmount
    private let answerTime: TimeAmount
    /// How long a client has to read its last answer.
    private let lingerTime: TimeAmount = .seconds(2)

    /// A head was read, and the end of its body was not.
    private var isReading = false
    /// Requests that are read and whose answer is not written to its end.
    private var unanswered = 0
    /// Nothing more is read: what comes now is not HTTP, or it is of no interest.
    private var isDeaf = false
    /// An answer said that it is the last.
    private var isLast = false
    /// Bytes that are no HTTP came behind requests that have to be answered first.
    private var owesRefusal = false
    private var isClosing = false
    private var bodyTimer: Scheduled<Void>?
    private var answerTimer: Scheduled<Void>?

    init(bodyTime: TimeAmount, answerTime: TimeAmount) {
        self.bodyTime = bodyTime
        self.answerTime = answerTime
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDeaf else { return }
        switch unwrapInboundIn(data) {
        case .head:
            isReading = true
            unanswered += 1
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            bodyTimer = context.eventLoop.scheduleTask(in: bodyTime) {
                let (handler, context) = bound.value
                handler.bodyIsLate(context)
            }
        case .body: break
        case .end:
            isReading = false
            bodyTimer?.cancel()
        }
        context.fireChannelRead(data)
        if isLast, !isReading, unanswered == 0 { close(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A broken connection is nobody's to answer.
        guard !(error is IOError), !(error is ChannelError) else { return context.fireErrorCaught(error) }
        guard !isDeaf else { return }
        isDeaf = true
        bodyTimer?.cancel()
        if isReading, unanswered > 0 {
            // Whoever reads the body answers.
            context.fireErrorCaught(error)
        } else if isReading {
            close(context)
        } else if unanswered > 0 {
            owesRefusal = true
        } else {
            refuse(context)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let response):
            if response.headerFields[.connection]?.lowercased() == "close" { isLast = true }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            unanswered -= 1
            watch(context)
            let written = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in bound.value.answerTimer?.cancel() }
            context.write(data, promise: written)
            guard unanswered == 0 else { return }
            if owesRefusal {
                refuse(context)
            } else if isDeaf || isLast && !isReading {
                close(context)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        bodyTimer?.cancel()
        answerTimer?.cancel()
        context.fireChannelInactive()
    }

    private func bodyIsLate(_ context: ChannelHandlerContext) {
        guard isReading, !isDeaf else { return }
        isDeaf = true
        if unanswered > 0 {
            context.fireErrorCaught(BodyTooSlow())
        } else {
            close(context)
        }
    }

    /// The client has to take the answer off us within a time of its own.
    private func watch(_ context: ChannelHandlerContext) {
        answerTimer?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        answerTimer = context.eventLoop.scheduleTask(in: answerTime) { bound.value.close(promise: nil) }
    }

    /// Answers bytes that are no HTTP, and closes.
    private func refuse(_ context: ChannelHandlerContext) {
        let error = APIError.closing(.badRequest, "This is not HTTP, or its header fields are too large")
        var head = HTTPResponse(status: error.status, headerFields: error.headers)
        head.headerFields[.contentType] = "application/json"
        head.headerFields[.contentLength] = "\(error.body.readableBytes)"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(error.body)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        close(context)
    }

    /// Our half first, so that a client that is still sending gets to read its answer before the connection breaks.
    private func close(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        isDeaf = true
        context.flush()
        context.close(mode: .output, promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        _ = context.eventLoop.scheduleTask(in: lingerTime) { bound.value.close(promise: nil) }
    }
}
