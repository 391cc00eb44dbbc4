import HTTPTypes
import Hummingbird
import NIOCore

/// A success, before the headers that every answer gets.
struct Answer: Sendable {
    var status: HTTPResponse.Status
    var headers = HTTPFields()
    var body: ByteBuffer

    init(_ status: HTTPResponse.Status = .ok, body: ByteBuffer) {
        self.status = status
        self.body = body
    }

    /// Of the shape `{"data": …, "message"?: …}`.
    init(
        _ status: HTTPResponse.Status = .ok, message: String? = nil, capacity: Int = 1024,
        data: (inout JSONWriter) -> Void
    ) {
        self.status = status
        body = JSONWriter.object(capacity: capacity) { writer in
            writer.object("data", data)
            if let message { writer.string("message", message) }
        }
    }
}

extension APIError {
    /// Of the shape `{"error": {"message", "code", "details"?}}`.
    var body: ByteBuffer {
        JSONWriter.object(capacity: 256) { $0.error(self) }
    }
}

extension JSONWriter {
    /// The member that every refusal has.
    mutating func error(_ error: APIError) {
        object("error") { writer in
            writer.string("message", error.message)
            writer.number("code", error.status.code)
            guard !error.details.isEmpty else { return }
            writer.array("details", error.details) { writer, fault in
                writer.object { writer in
                    writer.string("field", fault.field)
                    writer.string("reason", fault.reason)
                }
            }
        }
    }
}
