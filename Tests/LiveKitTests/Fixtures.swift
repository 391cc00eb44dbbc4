import AsyncHTTPClient
import Foundation
import LiveKit
import NIOConcurrencyHelpers
import SwiftProtobuf

/// The moment at which the golden token begins.
let moment = Date(timeIntervalSince1970: 1_700_000_000)

let someDial = LKCreateSIPParticipantRequest.with {
    $0.sipCallTo = "+15550100"
    $0.roomName = "call-1"
}

func devKey() async -> APIKey { await APIKey("devkey", secret: "secret") }

/// A server with a script, a client for it, and what the client waited between its attempts.
struct Line: Sendable {
    let server: ScriptedServer
    let client: LiveKitClient
    let pauses: NIOLockedValueBox<[Duration]>
}

/// Runs a test on a line, and takes the line down after it.
@discardableResult func withLine<Result: Sendable>(
    dialConnections: Int = 4, timeout: Duration = .seconds(60), now: @escaping @Sendable () -> Date = { moment },
    script: @escaping @Sendable (Int, ScriptedServer.Request) -> ScriptedServer.Reply,
    _ body: (Line) async throws -> Result
) async throws -> Result {
    let server = try await ScriptedServer(script)
    let dials = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: LiveKitClient.httpConfiguration(connectionsPerHost: dialConnections))
    let others = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: LiveKitClient.httpConfiguration(connectionsPerHost: 8))
    let pauses = NIOLockedValueBox<[Duration]>([])
    guard let url = ServerURL("ws://127.0.0.1:\(server.port)/") else { throw CocoaError(.featureUnsupported) }
    let client = LiveKitClient(
        url: url, key: await devKey(), dials: dials, others: others, timeout: timeout, now: now,
        pause: { duration in pauses.withLockedValue { $0.append(duration) } })
    let result: Swift.Result<Result, any Error>
    do {
        result = .success(try await body(Line(server: server, client: client, pauses: pauses)))
    } catch {
        result = .failure(error)
    }
    try await dials.shutdown()
    try await others.shutdown()
    try await server.stop()
    return try result.get()
}

extension StringProtocol {
    /// The bytes that a string of hexadecimal digits names.
    var fromHex: [UInt8] {
        let digits = Array(self)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    /// Unpadded, as in a token.
    var base64URL: String {
        Data(utf8).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}
