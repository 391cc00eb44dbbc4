package import Hummingbird
import NIOCore

/// What a request brings with it besides itself: the connection's other end.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Nil where there is no network between, as in tests.
    private let peer: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
    }

    /// The other end's IP address, for the audit log.
    ///
    /// Behind a proxy it is the proxy's: what a client says of itself in `X-Forwarded-For` is nothing that a log of who did what could
    /// be built on.
    var address: String? { peer?.ipAddress }
}
