package import AsyncHTTPClient
package import Foundation
import NIOCore

/// A client of LiveKit's HTTP API: Twirp with protobuf bodies, and for each request a token that allows no more.
package struct LiveKitClient: Sendable {
    /// For an answer of one object.
    static let answerLimit = 1 << 20
    /// For all rooms of a server.
    static let listLimit = 16 << 20

    let wire: any LiveKitWire
    let timeout: Duration
    let pause: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - dials: only for `createSIPParticipant`, which holds a connection for as long as a phone rings: at least as
    ///     many connections per host as there are dials at a time. See `httpConfiguration`; both clients are the
    ///     caller's to shut down.
    ///   - others: for everything else, so that no hang-up waits behind a dial.
    ///   - timeout: of a call that names none, pauses and repetitions included.
    ///   - now: for the times in tokens.
    ///   - pause: waits between repetitions.
    package init(
        url: ServerURL, key: APIKey, dials: HTTPClient, others: HTTPClient, timeout: Duration = .seconds(10),
        now: @escaping @Sendable () -> Date,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.init(
            HTTPWire(url: url, key: key, dials: dials, others: others, now: now), timeout: timeout, pause: pause)
    }

    /// A client on a wire of its own.
    package init(
        _ wire: any LiveKitWire, timeout: Duration = .seconds(10),
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.wire = wire
        self.timeout = timeout
        self.pause = pause
    }

    /// How both HTTP clients should be set up.
    ///
    /// A refused connection fails at once instead of being tried until the deadline, a redirect is not followed (it
    /// would turn a POST into a GET), and HTTP/1.1 keeps one request from waiting behind another's.
    package static func httpConfiguration(connectionsPerHost: Int) -> HTTPClient.Configuration {
        var pool = HTTPClient.Configuration.ConnectionPool(
            idleTimeout: .seconds(15), concurrentHTTP1ConnectionsPerHostSoftLimit: connectionsPerHost)
        pool.retryConnectionEstablishment = false
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)), connectionPool: pool)
        configuration.httpVersion = .http1Only
        return configuration
    }
}
