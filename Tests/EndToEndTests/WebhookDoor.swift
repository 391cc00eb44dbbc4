import CallControl
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore

/// Where LiveKit's webhooks come in; a test can send them away.
final class WebhookDoor: Sendable {
    private struct State {
        var isAway = false
        var taken = 0
        var port: Int?
        var waiter: CheckedContinuation<Int, Never>?
    }

    private let reports: any PhoneReports
    private let log: Logger
    private let state = NIOLockedValueBox(State())

    init(_ reports: any PhoneReports, log: Logger) {
        self.reports = reports
        self.log = log
    }

    /// While it is away it takes nothing.
    func set(away: Bool) { state.withLockedValue { $0.isAway = away } }

    /// How many reports were taken.
    var taken: Int { state.withLockedValue { $0.taken } }

    func boundPort() async -> Int {
        await withCheckedContinuation { continuation in
            let port = state.withLockedValue { state in
                if state.port == nil { state.waiter = continuation }
                return state.port
            }
            if let port { continuation.resume(returning: port) }
        }
    }

    func run() async throws {
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            guard !self.state.withLockedValue({ $0.isAway }) else { return Response(status: .serviceUnavailable) }
            let body = try await request.body.collect(upTo: 1 << 20)
            do throws(ReportRefusal) {
                try await self.reports.receive(
                    body: Array(body.readableBytesView), authorization: request.headers[.authorization])
            } catch {
                return Response(status: .badRequest)
            }
            self.state.withLockedValue { $0.taken += 1 }
            return Response(status: .ok)
        }
        let app = Application(
            responder: responder, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                let waiter = self.state.withLockedValue { state in
                    state.port = port
                    defer { state.waiter = nil }
                    return state.waiter
                }
                waiter?.resume(returning: port)
            }, logger: log)
        try await app.run()
    }
}
