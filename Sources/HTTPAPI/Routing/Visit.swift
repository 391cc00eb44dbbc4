import CallControl
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What becomes known of a request while it is answered: enough for the headers of every answer, and for its line in the log.
struct Visit: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let id: String
    var route: String?
    var parameters: [String] = []
    var caller: Caller?
    var limits: [(HTTPField.Name, String)] = []

    init(_ request: Request, id: String) {
        method = request.method
        path = request.uri.path
        self.id = id
    }

    func response(_ outcome: Result<Answer, APIError>) -> Response {
        var response: Response
        switch outcome {
        case .success(let answer):
            response = Response(
                status: answer.status, headers: answer.headers, body: ResponseBody(byteBuffer: answer.body))
        case .failure(let error):
            response = Response(
                status: error.status, headers: error.headers, body: ResponseBody(byteBuffer: error.body))
        }
        if response.headers[.contentType] == nil { response.headers[.contentType] = "application/json" }
        response.headers[.cacheControl] = "no-store"
        if let name = HTTPField.Name("X-Content-Type-Options") { response.headers[name] = "nosniff" }
        if let name = RequestID.name { response.headers[name] = id }
        for (name, value) in limits { response.headers[name] = value }
        return response
    }

    private static let quiet: Set<String?> = ["/healthz", "/readyz", "/metrics"]

    /// One line for a request, which health checks are not worth unless they fail.
    func write(to log: Logger, _ outcome: Result<Answer, APIError>, milliseconds: Int64) {
        var metadata: Logger.Metadata = [
            "method": "\(method.rawValue)", "path": "\(LoggedPath.of(path))", "ms": "\(milliseconds)",
        ]
        if let caller {
            metadata["key"] = "\(caller.key)"
            metadata["organization"] = "\(caller.organization)"
        }
        switch outcome {
        case .success(let answer):
            metadata["status"] = "\(answer.status.code)"
            log.log(level: Self.quiet.contains(route) ? .debug : .info, "request", metadata: metadata)
        case .failure(let error):
            metadata["status"] = "\(error.status.code)"
            if let detail = error.detail { metadata["detail"] = "\(detail)" }
            log.log(level: error.status.code >= 500 ? .error : .info, "request", metadata: metadata)
        }
    }
}

/// The id that a request carries through answers and logs.
enum RequestID {
    static let name = HTTPField.Name("x-request-id")

    /// The client's own, where it is one that can be written anywhere: at most 128 of `A-Z a-z 0-9 . _ -`.
    static func of(_ request: Request) -> String? {
        guard let name, let id = request.headers[name], (1...128).contains(id.utf8.count) else { return nil }
        let isPlain = id.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F, 0x2D: true
            default: false
            }
        }
        // A secret put here by mistake must not get into the log.
        return isPlain && !Keys.hasValidForm(id) ? id : nil
    }
}

/// A path as the log may show it: short, printable, without secrets and telephone numbers that somebody put there.
enum LoggedPath {
    static func of(_ path: String) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).prefix(12)
        return segments.map { $0.isEmpty || isHarmless($0) ? String($0) : "…" }.joined(separator: "/")
    }

    private static func isHarmless(_ segment: Substring) -> Bool {
        guard String(segment).isIdentifier else { return false }
        if ["call_", "key_"].contains(where: segment.hasPrefix) || segment.utf8.count == 36 { return true }
        return segment.utf8.count <= 24 && !segment.hasPrefix("sb_") && segment.filter(\.isNumber).count < 6
    }
}
