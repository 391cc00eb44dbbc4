import HTTPTypes
import Hummingbird
import NIOCore

extension Inquiry {
    /// The body, as long as it is not larger than the route takes, whatever its Content-Length says.
    func body() async throws(APIError) -> [UInt8] {
        if let received { return received }
        let limit = bodyBytes
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw .tooLarge(limit)
        }
        var bytes: [UInt8] = []
        do {
            for try await chunk in request.body {
                guard bytes.count + chunk.readableBytes <= limit else { throw APIError.tooLarge(limit) }
                bytes.append(contentsOf: chunk.readableBytesView)
            }
        } catch let error as APIError {
            throw error
        } catch is BodyTooSlow {
            throw .closing(.requestTimeout, "Request body did not arrive in time")
        } catch {
            throw .closing(.badRequest, "Request body could not be read")
        }
        return bytes
    }

    /// The body as JSON; nil where there is none.
    func json() async throws(APIError) -> JSONDocument? {
        let bytes = try await body()
        guard !bytes.isEmpty else { return nil }
        guard request.headers[.contentType].map(Self.isJSON) ?? true,
            request.headers[.contentEncoding].map({ $0.lowercased() == "identity" }) ?? true
        else { throw APIError(.unsupportedMediaType, "Content-Type must be application/json in UTF-8, not compressed") }
        do {
            return try JSONParser.document(bytes)
        } catch {
            throw APIError(.badRequest, "Request body is not valid JSON: \(error.what) (at byte \(error.position))")
        }
    }

    /// The body as JSON, where there must be one.
    func requiredJSON() async throws(APIError) -> JSONDocument {
        guard let document = try await json() else { throw APIError(.badRequest, "Request body must be a JSON object") }
        return document
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let parts = contentType.lowercased().split(separator: ";").map { $0.trimming(" \t") }
        guard let type = parts.first,
            type == "application/json" || type.hasPrefix("application/") && type.hasSuffix("+json")
        else { return false }
        return parts.dropFirst().allSatisfy { part in
            !part.hasPrefix("charset=") || ["utf-8", "utf8"].contains(part.dropFirst(8).trimming("\""))
        }
    }
}

extension APIError {
    /// After this one the connection is no use any more.
    static func closing(_ status: HTTPResponse.Status, _ message: String) -> APIError {
        var error = APIError(status, message)
        error.headers[.connection] = "close"
        return error
    }
}

extension StringProtocol {
    /// Without these characters at either end.
    func trimming(_ characters: String) -> String {
        let body = drop { characters.contains($0) }
        return String(String(body.reversed().drop { characters.contains($0) }.reversed()))
    }
}
