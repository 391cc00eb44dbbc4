import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A client of Switchboard's own API, as any other would be.
struct APIClient: Sendable {
    /// What the server said.
    struct Answer: Sendable {
        let body: Data

        func decoded<Value: Decodable>(_ type: Value.Type) throws(ClientFailure) -> Value {
            do {
                return try JSONDecoder().decode(Envelope<Value>.self, from: body).data
            } catch {
                throw .refused("the answer does not say what it should: is this Switchboard's address?")
            }
        }

        /// Why it is a refusal.
        func message(_ status: HTTPResponseStatus) -> String {
            guard let refusal = try? JSONDecoder().decode(Refusal.self, from: body) else {
                return "answered \(status.code), and not as Switchboard does: is this its address?"
            }
            let details = (refusal.error.details ?? []).compactMap { detail in
                detail.reason.map { "\n  " + [detail.field, $0].compactMap(\.self).joined(separator: ": ") }
            }
            return (refusal.error.message + details.joined()) + " (\(status.code))"
        }
    }

    private struct Envelope<Value: Decodable>: Decodable { let data: Value }
    private struct Refusal: Decodable {
        struct Detail: Decodable {
            let field: String?
            let reason: String?
        }
        struct Body: Decodable {
            let message: String
            let details: [Detail]?
        }
        let error: Body
    }

    private static let answerLimit = 16 << 20

    let base: String
    let key: String
    let http: HTTPClient

    /// Opens a client, lends it and closes it.
    static func with<Result>(url: String, key: String, _ work: (APIClient) async throws -> Result) async throws
        -> Result
    {
        var configuration = HTTPClient.Configuration(
            // A redirect would carry the key to another server.
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        do {
            let result = try await work(APIClient(base: base + "/api/v1", key: key, http: http))
            try await http.shutdown()
            return result
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    /// Asks once; nothing is repeated, because a repeated dial would ring a person twice.
    ///
    /// - Parameter timeout: in seconds.
    func ask(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)] = [], body: Data? = nil,
        headers: [(String, String)] = [], timeout: Int64 = 15
    ) async throws(ClientFailure) -> Answer {
        let (status, answer) = try await exchange(
            method, path, query: query, body: body, headers: headers, timeout: timeout)
        guard (200..<300).contains(status.code) else { throw .refused(answer.message(status)) }
        return answer
    }

    /// As `ask`, for whoever can do something with a refusal: what was said, be it yes or no.
    func exchange(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)] = [], body: Data? = nil,
        headers: [(String, String)] = [], timeout: Int64 = 15
    ) async throws(ClientFailure) -> (status: HTTPResponseStatus, answer: Answer) {
        var url = base + path.map { "/" + Self.encoded($0) }.joined()
        if !query.isEmpty {
            url += "?" + query.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&")
        }
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "x-api-key", value: key)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(Array(body))
        }
        do {
            let response = try await http.execute(request, timeout: .seconds(timeout))
            let bytes = Data(try await response.body.collect(upTo: Self.answerLimit).readableBytesView)
            return (response.status, Answer(body: bytes))
        } catch {
            throw .unreachable("\(base) cannot be reached: \(Self.reason(error))")
        }
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)).lowercased() }
        switch error as? HTTPClientError {
        case .connectTimeout, .deadlineExceeded: return "no answer in time"
        case .remoteConnectionClosed: return "the connection was closed"
        default: return "\(error)"
        }
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(
            withAllowedCharacters: .alphanumerics.intersection(.init(charactersIn: "\0"..."\u{7E}"))
                .union(.init(charactersIn: "-_.~"))) ?? ""
    }
}

/// Why a command came to nothing.
enum ClientFailure: Error, Sendable {
    /// The server said no, in these words.
    case refused(String)
    /// The server said that it cannot now.
    case busy(String)
    case unreachable(String)

    /// 1: refused, 2: not reached.
    var exitCode: Int32 {
        switch self {
        case .refused, .busy: 1
        case .unreachable: 2
        }
    }

    var message: String {
        switch self {
        case .refused(let message), .busy(let message), .unreachable(let message): message
        }
    }
}
