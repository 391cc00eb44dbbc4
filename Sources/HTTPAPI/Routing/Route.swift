import CallControl
import HTTPTypes

/// A method and a path, and what answers there.
struct Route: Sendable {
    /// Who comes in.
    enum Door: Sendable {
        /// Everybody: LiveKit's webhook has a signature of its own, the health checks say nothing.
        case open(@Sendable (Inquiry) async throws(APIError) -> Answer)
        case keyed(@Sendable (Inquiry, Caller) async throws(APIError) -> Answer)
        /// As `keyed`, but it never takes from the key's rate: an emergency stop must not be told to come back later.
        case unlimited(@Sendable (Inquiry, Caller) async throws(APIError) -> Answer)
    }

    let method: HTTPRequest.Method
    /// For the log, with its open places in braces.
    let path: String
    let segments: [String]
    let door: Door
    /// What a request that may be repeated is answered, made of what was done; nil: the route does not take an Idempotency-Key.
    let kept: (@Sendable (Done) -> Answer)?
    /// The largest body that it takes; nil: as large as any other's.
    let bodyBytes: Int?

    init(
        _ method: HTTPRequest.Method, _ path: String, _ door: Door, keeping kept: (@Sendable (Done) -> Answer)? = nil,
        bodyBytes: Int? = nil
    ) {
        self.method = method
        self.path = path
        segments = path.split(separator: "/").map(String.init)
        self.door = door
        self.kept = kept
        self.bodyBytes = bodyBytes
    }

    /// What stands in the open places when the path is this route's; nil when it is not.
    func parameters(of path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String] = []
        for (given, own) in zip(path, segments) {
            if own.hasPrefix("{") {
                parameters.append(given)
            } else if given != own {
                return nil
            }
        }
        return parameters
    }
}

/// All routes of the door.
struct RouteTable: Sendable {
    let routes: [Route]

    enum Match: Sendable {
        case route(Route, [String])
        /// The path is there, but not with this method.
        case otherMethods([HTTPRequest.Method])
        case nothing
    }

    func match(_ method: HTTPRequest.Method, _ path: [String]) -> Match {
        let method = method == .head ? .get : method
        var others: [HTTPRequest.Method] = []
        for route in routes {
            guard let parameters = route.parameters(of: path) else { continue }
            if route.method == method { return .route(route, parameters) }
            others += route.method == .get ? [.get, .head] : [route.method]
        }
        return others.isEmpty ? .nothing : .otherMethods(others)
    }
}
