import HTTPTypes
import Hummingbird
import NIOCore

/// What is known of a request beside itself: who sent it.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

/// Leads a request to LiveKit's part or to the control part.
struct SandboxResponder: HTTPResponder {
    let twirp: TwirpResponder
    let control: ControlResponder

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let path = request.uri.path
        if path.hasPrefix("/twirp/") || path == "/twirp" { return await twirp.respond(to: request) }
        if path.hasPrefix("/sandbox/") { return await control.respond(to: request, from: context.remoteAddress) }
        if path == "/", request.method == .get || request.method == .head { return TwirpResponder.plain(.ok, "OK") }
        return TwirpResponder.plain(.notFound, "404 page not found")
    }
}
