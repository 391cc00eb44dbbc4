import CallControl
import CallCore
import HTTPTypes

/// An answer that is not a success.
///
/// Every refusal of this door is one of these, and has the same body.
struct APIError: Error, Sendable {
    let status: HTTPResponse.Status
    var message: String
    var details: [Fault] = []
    var headers = HTTPFields()
    /// For the log, never for the client.
    var detail: String?
    /// The request was carried out before: there may be an answer to it.
    var repetition: Repetition?

    init(_ status: HTTPResponse.Status, _ message: String, detail: String? = nil) {
        self.status = status
        self.message = message
        self.detail = detail
    }

    static let notFound = APIError(.notFound, "Not found")

    static var unauthorized: APIError {
        var error = APIError(.unauthorized, "Unauthorized")
        error.headers[.wwwAuthenticate] = "Bearer"
        return error
    }

    static func notAllowed(_ methods: [HTTPRequest.Method]) -> APIError {
        var error = APIError(.methodNotAllowed, "Method not allowed")
        error.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
        return error
    }

    static func tooManyRequests(retryAfter seconds: Int) -> APIError {
        var error = APIError(.tooManyRequests, "Rate limit exceeded")
        error.headers[.retryAfter] = "\(seconds)"
        return error
    }

    static func unavailable(_ detail: String) -> APIError {
        var error = APIError(.serviceUnavailable, "Service temporarily unavailable", detail: detail)
        error.headers[.retryAfter] = "1"
        return error
    }

    static var stillRunning: APIError {
        var error = APIError(.conflict, "A request with this Idempotency-Key is still running")
        error.headers[.retryAfter] = "1"
        return error
    }

    static func tooLarge(_ limit: Int) -> APIError {
        var error = APIError(.contentTooLarge, "Request body is larger than \(limit) bytes")
        // What is left of the body is not worth reading.
        error.headers[.connection] = "close"
        return error
    }

    static func mayNot(_ what: String) -> APIError { APIError(.forbidden, "Access denied - this key may not \(what)") }

    /// 400 for at least one fault: the first one gives the sentence, and twenty are enough for a list.
    static func invalid(_ faults: [Fault]) -> APIError {
        var error = APIError(.badRequest, faults.first?.message ?? "Bad request")
        error.details = Array(faults.prefix(20))
        return error
    }
}

/// What a request is about, as the documented sentences name it.
enum Noun: String {
    case call
    case agent
    case organization
    case stop
    case suppression
    case operation
    case batch
    case key = "API key"
    case auditEntry = "audit entry"

    var notFound: APIError {
        APIError(.notFound, "\(rawValue.prefix(1).uppercased())\(rawValue.dropFirst()) not found")
    }
}

extension APIError {
    /// The one mapping from what CallControl refuses to the documented words.
    ///
    /// - Parameter phone: the field in which a request has the number that it wants to be called.
    init(_ error: ControlError, about noun: Noun, doing deed: Deed, phone: String = "phoneNumber") {
        switch error {
        case .notFound: self = noun.notFound
        case .belongsToAnotherOrganization:
            self = APIError(.forbidden, "Access denied - \(noun.rawValue) belongs to different organization")
        case .roleMayNot: self = .mayNot(deed.rawValue)
        case .alreadyOver(let status):
            self = APIError(.badRequest, "Cannot cancel call with status: \(status.rawValue)")
        case .cannotChange(let status):
            self = APIError(.badRequest, "Cannot change call with status: \(status.rawValue)")
        case .suppressed(let id):
            self = .invalid([Fault(phone, id.fault, sentence: "This phone number \(id.fault)")])
        case .wasReleased: self = APIError(.badRequest, "Stop was released already")
        case .invalid(let faults): self = .invalid(faults.map { Fault($0.field, $0.reason) })
        case .unavailable(let detail): self = .unavailable(detail)
        case .notStored(let hungUp, let detail):
            self = APIError(
                .serviceUnavailable,
                hungUp
                    ? "The phone was hung up, but the cancellation could not be stored: repeat the request"
                    : "The cancellation could not be stored: repeat the request", detail: detail)
            headers[.retryAfter] = "1"
        case .repeated(let repetition): self.init(repetition)
        }
    }

    init(_ repetition: Repetition) {
        switch repetition {
        case .anotherBody:
            self = APIError(
                .unprocessableContent, "Idempotency-Key was used before with another body or query: take a new one")
        case .answered: self = APIError(.conflict, "This request was carried out before")
        }
        self.repetition = repetition
    }
}

/// Asks CallControl something, and puts its refusal into the words of the API.
func asking<Value>(
    _ noun: Noun, to deed: Deed, _ question: () async throws(ControlError) -> Value
) async throws(APIError) -> Value {
    do {
        return try await question()
    } catch {
        throw APIError(error, about: noun, doing: deed)
    }
}
