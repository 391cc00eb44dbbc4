import Foundation

/// LiveKit's own answer to a request that it did not carry out.
package struct TwirpError: Error, Sendable, Hashable {
    package var code: Code
    package var httpStatus: Int
    /// For people.
    ///
    /// Never decide by it: LiveKit changes it, and puts a prefix before it.
    package var message: String
    package var meta: [String: String]

    package init(_ code: Code, _ message: String, meta: [String: String] = [:], httpStatus: Int? = nil) {
        self.code = code
        self.message = message
        self.meta = meta
        self.httpStatus = httpStatus ?? code.httpStatus
    }

    /// How the callee's side answered the INVITE, where it did: 486 for busy.
    package var sipStatusCode: Int? { meta["sip_status_code"].flatMap { Int($0) } }

    /// The words beside `sipStatusCode`.
    package var sipStatus: String? { meta["sip_status"] }

    /// Twirp's codes.
    package enum Code: Sendable, Hashable {
        case canceled, unknown, invalidArgument, malformed, deadlineExceeded, notFound, badRoute, alreadyExists
        case permissionDenied, unauthenticated, resourceExhausted, failedPrecondition, aborted, outOfRange,
            unimplemented
        case `internal`, unavailable, dataLoss
        /// One that Twirp did not have when this was written.
        case other(String)
    }
}

extension TwirpError.Code {
    private static let known: [(name: String, code: Self, httpStatus: Int)] = [
        ("canceled", .canceled, 408), ("unknown", .unknown, 500), ("invalid_argument", .invalidArgument, 400),
        ("malformed", .malformed, 400), ("deadline_exceeded", .deadlineExceeded, 408), ("not_found", .notFound, 404),
        ("bad_route", .badRoute, 404), ("already_exists", .alreadyExists, 409),
        ("permission_denied", .permissionDenied, 403), ("unauthenticated", .unauthenticated, 401),
        ("resource_exhausted", .resourceExhausted, 429), ("failed_precondition", .failedPrecondition, 412),
        ("aborted", .aborted, 409), ("out_of_range", .outOfRange, 400), ("unimplemented", .unimplemented, 501),
        ("internal", .internal, 500), ("unavailable", .unavailable, 503), ("data_loss", .dataLoss, 500),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0.code) })
    private static let byCode = Dictionary(uniqueKeysWithValues: known.map { ($0.code, ($0.name, $0.httpStatus)) })

    package init(_ name: String) {
        // Twirp itself spells data_loss with an underscore, some clients without.
        self = name == "dataloss" ? .dataLoss : Self.byName[name] ?? .other(name)
    }

    /// As it stands in the body.
    package var name: String {
        if case .other(let name) = self { name } else { Self.byCode[self]?.0 ?? "unknown" }
    }

    /// The HTTP status that goes with it.
    package var httpStatus: Int { Self.byCode[self]?.1 ?? 500 }
}

extension TwirpError {
    private struct Body: Codable {
        var code: String
        var msg: String?
        var meta: [String: String]?
    }

    /// The answer's body in JSON, as the sandbox sends it.
    package func body() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(Body(code: code.name, msg: message, meta: meta.isEmpty ? nil : meta)))
    }

    /// `nil` unless the bytes are an error in Twirp's shape.
    init?(httpStatus: Int, body: [UInt8]) {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(body)) else { return nil }
        self.init(Code(body.code), body.msg ?? "", meta: body.meta ?? [:], httpStatus: httpStatus)
    }
}

extension TwirpError: CustomStringConvertible {
    package var description: String {
        let sip = sipStatusCode.map { ", SIP \($0)" } ?? ""
        return "LiveKit answered \(httpStatus) \(code.name)\(sip): \(message)"
    }
}
