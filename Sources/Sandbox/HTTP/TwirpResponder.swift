import Foundation
import HTTPTypes
import Hummingbird
import LiveKit
import NIOCore

/// Answers LiveKit's API as a self-hosted server does, its errors included.
struct TwirpResponder: Sendable {
    let methods: TwirpMethods
    let faults: MethodFaults
    let keys: APIKeys
    let clock: SandboxClock
    /// The time that tokens are judged by.
    let now: @Sendable () -> Date

    private static let longestBody = 10 * 1_024 * 1_024
    private static let timeoutHeader = HTTPField.Name("X-Twirp-Timeout-Ms")

    /// Throws only where the connection was broken on purpose.
    func respond(to request: Request, on connection: any Channel) async throws -> Response {
        do {
            let token: AccessToken?
            switch await authenticate(request) {
            case .success(let accepted): token = accepted
            case .failure(let refused): return refused.response
            }
            return try await answer(request, token, connection)
        } catch let broken as ConnectionBroken {
            throw broken
        } catch is NIOTooManyBytesError {
            return Self.plain(.contentTooLarge, "http: request body too large")
        } catch let refusal as Refusal {
            return await error(refusal)
        } catch {
            // The body ended before it was whole.
            return await self.error(Refusal(.malformed, "failed to read request body"))
        }
    }

    private func answer(
        _ request: Request, _ token: AccessToken?, _ connection: any Channel
    ) async throws -> Response {
        let route = "\(request.method.rawValue) \(request.uri.path)"
        func badRoute(_ message: String) -> Refusal {
            Refusal(.badRoute, message, meta: ["twirp_invalid_route": route])
        }
        guard request.method == .post else {
            throw badRoute("unsupported method \"\(request.method.rawValue)\" (only POST is allowed)")
        }
        let name = request.uri.path.dropFirst("/twirp/livekit.".count)
        guard request.uri.path.hasPrefix("/twirp/livekit."), let method = methods[String(name)] else {
            throw badRoute("no handler for path \"\(request.uri.path)\"")
        }
        guard let format = TwirpFormat(contentType: request.headers[.contentType]) else {
            throw badRoute("unexpected Content-Type: \"\(request.headers[.contentType] ?? "")\"")
        }
        let body = try await request.body.collect(upTo: Self.longestBody)
        let timeout = Self.timeoutHeader.flatMap { request.headers[$0] }.flatMap { Int64($0) }.flatMap {
            $0 > 0 ? $0 : nil
        }
        let prepared = try method.prepare(
            TwirpRequest(format: format, body: Array(body.readableBytesView), token: token, timeout: timeout))
        let fault = faults.strike(String(name.drop { $0 != "/" }.dropFirst()))
        return try await carryOut(prepared, fault, format, connection)
    }

    private func carryOut(
        _ method: (real: TwirpMethod.Answer, lie: TwirpMethod.Answer), _ fault: MethodFaults.Fault?,
        _ format: TwirpFormat, _ connection: any Channel
    ) async throws -> Response {
        let broken = Refusal(.unavailable, "no response from servers", after: fault?.delay ?? 0)
        switch fault?.kind {
        case nil: return ok(try await method.real(), format)
        case .unavailable: throw broken
        case .hang:
            await pause(.max)
            throw Refusal.closing
        case .lie: return ok(try await method.lie(), format)
        case .late:
            // Whatever it came to is not told.
            _ = try? await method.real()
            throw broken
        case .plain401: return Self.plain(.unauthorized, "invalid authorization token")
        case .slow:
            await pause(clock.now + (fault?.delay ?? 0))
            return ok(try await method.real(), format)
        case .busy: throw Refusal(.resourceExhausted, "too many requests", after: fault?.delay ?? 0)
        case .reset:
            _ = try? await method.real()
            try? await Self.reset(connection)
            throw ConnectionBroken()
        case .half: return Self.half(of: try await method.real(), format)
        case .garbage:
            _ = try await method.real()
            // A field of a kind that does not exist; nor does any JSON begin like this.
            return ok(Array(repeating: 0xFF, count: 32), format)
        }
    }

    /// Ends the connection with an RST, as a server does whose process was killed.
    private static func reset(_ connection: any Channel) async throws {
        if let socket = connection as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await connection.close()
    }

    /// Announces more than it sends: the connection ends in the middle of the body.
    private static func half(of body: [UInt8], _ format: TwirpFormat) -> Response {
        Response(
            status: .ok, headers: [.contentType: format.contentType],
            body: ResponseBody(contentLength: body.count + 16) { writer in
                try await writer.write(ByteBuffer(bytes: body.prefix(body.count / 2)))
                throw ConnectionBroken()
            })
    }

    /// Waits on the sandbox's clock.
    ///
    /// A wait that is broken off is over.
    private func pause(_ deadline: Int64) async {
        try? await clock.sleep(until: deadline)
    }

    // MARK: Tokens

    private struct Refused: Error {
        let response: Response
    }

    /// Bad tokens are refused in plain text by a layer before Twirp; a missing one goes through, as having no permissions.
    private func authenticate(_ request: Request) async -> Result<AccessToken?, Refused> {
        func refuse(_ text: String) -> Result<AccessToken?, Refused> {
            .failure(Refused(response: Self.plain(.unauthorized, text)))
        }
        let text: Substring
        if let header = request.headers[.authorization] {
            guard header.hasPrefix("Bearer ") else {
                return refuse("invalid authorization header. Must start with Bearer ")
            }
            text = header.dropFirst("Bearer ".count)
        } else if let parameter = request.uri.queryParameters["access_token"] {
            text = parameter
        } else {
            return .success(nil)
        }
        do throws(AccessTokenError) {
            return .success(try await AccessToken.verify(text, keys: keys, now: now()))
        } catch {
            switch error {
            case .unknownKey: return refuse("invalid API key")
            case .malformed, .wrongAlgorithm, .badSignature, .neverExpires, .expired, .notYetValid, .unsignable:
                return refuse("invalid authorization token: \(error)")
            }
        }
    }

    // MARK: Answers

    private func ok(_ body: [UInt8], _ format: TwirpFormat) -> Response {
        Response(
            status: .ok, headers: [.contentType: format.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// Errors are JSON, whatever the request was.
    private func error(_ refusal: Refusal) async -> Response {
        if refusal.after > 0 { await pause(clock.now + refusal.after) }
        let error = refusal.answered
        return Response(
            status: .init(code: error.httpStatus), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: (try? error.body()) ?? [])))
    }

    static func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
