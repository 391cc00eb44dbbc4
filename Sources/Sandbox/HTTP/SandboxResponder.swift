import HTTPTypes
import Hummingbird
import NIOCore

/// What is known of a request beside itself: who sent it.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let connection: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = source.channel
    }
}

/// Leads a request to LiveKit's part or to the control part.
struct SandboxResponder: HTTPResponder {
    let twirp: TwirpResponder
    let control: ControlResponder
    let outage: Outage

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        let path = request.uri.path
        if path.hasPrefix("/sandbox/") {
            return await control.respond(to: request, from: context.connection.remoteAddress)
        }
        let answer = try await outage.admit(context.connection) {
            if path.hasPrefix("/twirp/") || path == "/twirp" {
                return try await twirp.respond(to: request, on: context.connection)
            }
            if path == "/", request.method == .get || request.method == .head { return TwirpResponder.plain(.ok, "OK") }
            return TwirpResponder.plain(.notFound, "404 page not found")
        }
        guard let answer else { throw ConnectionBroken() }
        return answer
    }
}

/// The connection was closed on purpose: what is answered now reaches nobody.
struct ConnectionBroken: Error {}
