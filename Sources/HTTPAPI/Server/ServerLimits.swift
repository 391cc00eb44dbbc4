package import Hummingbird
package import HummingbirdCore
package import Logging

/// The HTTP/1.1 server with the limits that the router cannot keep: size of the head, time of the body, idle connections.
///
/// Use as `Application(responder: buildResponder(services, logger: logger), server: httpServer(limits), configuration:
/// applicationConfiguration(limits, address: …))`. Without it bytes that are no HTTP get an empty answer.
package func httpServer(_ limits: APILimits) -> HTTPServerBuilder {
    .http1(
        configuration: HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(bodyTime: limits.bodyTime, answerTime: limits.answerTime)
            ],
            idleTimeout: limits.idleTime,
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: limits.headBytes, maxHeaderListSize: limits.headBytes, maxHeaderFieldCount: 100)))
}

/// The application's configuration with the bound on open connections.
package func applicationConfiguration(
    _ limits: APILimits, address: BindAddress, logger: Logger
) -> ApplicationConfiguration {
    ApplicationConfiguration(
        address: address,
        // Those that a busy moment leaves waiting are not dropped: their clients would try again only after a second.
        backlog: 4096, availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger))
}
