import CallControl
import HTTPTypes
import NIOCore

/// What answers without an API key: LiveKit's webhook, which carries a token of its own, and the health checks.
struct OpenRoutes: Sendable {
    let services: APIServices

    var all: [Route] {
        [
            Route(.post, "/api/v1/livekit/webhook", .open(report)),
            Route(.post, "/livekit/webhook", .open(report)),
            Route(.get, "/healthz", .open(alive)),
            Route(.get, "/readyz", .open(ready)),
            Route(.get, "/metrics", .open(metrics)),
        ]
    }

    @Sendable
    private func report(_ inquiry: Inquiry) async throws(APIError) -> Answer {
        let body = try await inquiry.body()
        do {
            try await services.reports.receive(body: body, authorization: inquiry.headers[.authorization])
        } catch {
            switch error {
            case .unauthenticated(let why):
                var refusal = APIError.unauthorized
                refusal.detail = why
                throw refusal
            case .malformed(let why): throw APIError(.badRequest, "The report could not be read", detail: why)
            case .unavailable: throw APIError.unavailable("a report could not be taken")
            }
        }
        return Answer { $0.bool("received", true) }
    }

    @Sendable
    private func alive(_ inquiry: Inquiry) async throws(APIError) -> Answer {
        Answer { $0.string("status", "ok") }
    }

    @Sendable
    private func ready(_ inquiry: Inquiry) async throws(APIError) -> Answer {
        guard await services.isReady() else { throw .unavailable("not ready") }
        return Answer { writer in
            writer.string("status", "ready")
            writer.string("phone", services.phoneIsSandbox ? "sandbox" : "livekit")
        }
    }

    @Sendable
    private func metrics(_ inquiry: Inquiry) async throws(APIError) -> Answer {
        guard let text = await services.metrics() else { throw .unavailable("metrics") }
        var answer = Answer(body: ByteBuffer(string: text))
        answer.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        return answer
    }
}
