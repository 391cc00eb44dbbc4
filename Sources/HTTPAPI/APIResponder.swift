import CallControl
import CallCore
import HTTPTypes
package import Hummingbird
package import Logging

/// The door: answers every request, whatever it is, and never throws.
///
/// For Hummingbird's `Application(responder:server:configuration:)`, with `httpServer(_:)` and `applicationConfiguration(_:address:)`.
package struct APIResponder: HTTPResponder {
    package typealias Context = APIContext

    private let services: APIServices
    private let table: RouteTable
    private let limiter: RateLimiter?
    private let gate: OnceGate
    private let logger: Logger

    init(_ services: APIServices, logger: Logger) {
        self.services = services
        self.logger = logger
        table = RouteTable(
            routes: CallRoutes(services: services).all + BatchRoutes(services: services).all
                + AgentRoutes(services: services).all + OrganizationRoutes(services: services).all
                + StopRoutes(services: services).all
                + SuppressionRoutes(services: services).all
                + OperationRoutes(services: services).all
                + KeyRoutes(services: services).all + AuditRoutes(services: services).all
                + OpenRoutes(services: services).all)
        limiter = RateLimiter(rate: services.limits.rate, burst: services.limits.burst)
        gate = OnceGate(services.answers)
    }

    package func respond(to request: Request, context: APIContext) async throws -> Response {
        let start = services.clock.now
        var visit = Visit(request, id: RequestID.of(request) ?? services.identifiers.request(at: start))
        var log = logger
        log[metadataKey: "request"] = "\(visit.id)"
        let outcome: Result<Answer, APIError>
        do {
            outcome = .success(try await answer(request, context, &visit, log))
        } catch {
            outcome = .failure(error)
        }
        let response = visit.response(outcome)
        visit.write(to: log, outcome, milliseconds: services.clock.now.since(start).milliseconds)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(
        _ request: Request, _ context: APIContext, _ visit: inout Visit, _ log: Logger
    ) async throws(APIError) -> Answer {
        guard let path = Self.segments(request.uri.path) else { throw .notFound }
        let match = table.match(request.method, path)
        if case .route(let route, let parameters) = match {
            visit.route = route.path
            visit.parameters = parameters
            if case .open(let handle) = route.door { return try await handle(inquiry(request, route, visit, log)) }
        }
        if path.starts(with: ["api", "v1"]) {
            var caller = try await authenticate(request)
            caller.request = visit.id
            visit.caller = caller
            try admit(caller, match, &visit)
            if case .route(let route, _) = match {
                switch route.door {
                case .keyed(let handle), .unlimited(let handle):
                    caller.address = context.address
                    return try await gate.pass(
                        inquiry(request, route, visit, log), caller, to: route, path: path, handle)
                case .open: break
                }
            }
        }
        switch match {
        case .otherMethods(let methods): throw .notAllowed(methods)
        case .route, .nothing: throw .notFound
        }
    }

    private func inquiry(_ request: Request, _ route: Route, _ visit: Visit, _ log: Logger) -> Inquiry {
        Inquiry(
            services: services, request: request, parameters: visit.parameters,
            bodyBytes: route.bodyBytes ?? services.limits.bodyBytes, log: log)
    }

    /// No, unknown, revoked and expired keys are one answer.
    private func authenticate(_ request: Request) async throws(APIError) -> Caller {
        guard let secret = Self.secret(request) else { throw .unauthorized }
        let caller = try await asking(.key, to: .manageKeys) { () async throws(ControlError) in
            try await services.keys.authenticate(secret)
        }
        guard let caller else { throw .unauthorized }
        return caller
    }

    private static func secret(_ request: Request) -> String? {
        if let name = HTTPField.Name("x-api-key"), let key = request.headers[name] { return key }
        guard let authorization = request.headers[.authorization] else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimming(" ")
    }

    private func admit(_ caller: Caller, _ match: RouteTable.Match, _ visit: inout Visit) throws(APIError) {
        guard let limiter else { return }
        let takes = if case .route(let route, _) = match, case .unlimited = route.door { false } else { true }
        let verdict = limiter.ask(caller.key, at: services.clock.now, takes: takes, among: services.nodes())
        visit.limits = limiter.fields(verdict)
        guard verdict.allowed else { throw .tooManyRequests(retryAfter: verdict.retryAfter) }
    }

    /// The parts of the path, decoded, or nil for what cannot be; one slash at the end is overlooked.
    private static func segments(_ path: String) -> [String]? {
        var segments: [String] = []
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 16, parts.first?.isEmpty == true else { return nil }
        parts.removeFirst()
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        for part in parts {
            guard let decoded = part.percentDecoded() else { return nil }
            segments.append(decoded)
        }
        return segments
    }
}

/// The door for these services, to be built once: it holds the keys' rates.
package func buildResponder(_ services: APIServices, logger: Logger) -> APIResponder {
    APIResponder(services, logger: logger)
}
