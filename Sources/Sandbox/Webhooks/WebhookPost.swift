import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Posts webhooks over HTTP, with the headers that LiveKit sends.
struct WebhookPost: Sendable {
    let client: HTTPClient

    @Sendable func callAsFunction(_ url: String, _ body: [UInt8], _ authorization: String) async -> WebhookSender.Answer
    {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/webhook+json")
        request.headers.add(name: "User-Agent", value: "LiveKit")
        // Without "Bearer": so it is with webhooks.
        request.headers.add(name: "Authorization", value: authorization)
        request.body = .bytes(body)
        do {
            // LiveKit waits for ever; five minutes hold up a room just as well and end.
            let response = try await client.execute(request, timeout: .minutes(5))
            let status = Int(response.status.code)
            let retryAfter = status == 429 || status == 503 ? response.headers.first(name: "Retry-After") : nil
            // The body is of no interest, but the connection is only free once it is read.
            for try await _ in response.body {}
            return WebhookSender.Answer(
                status: status, retryAfter: retryAfter.flatMap { Int64($0) }.map { min($0, 3_600) })
        } catch {
            return WebhookSender.Answer(status: nil)
        }
    }
}
