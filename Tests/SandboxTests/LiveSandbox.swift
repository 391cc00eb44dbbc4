import AsyncHTTPClient
import Foundation
import LiveKit
import Logging
import NIOCore
import NIOHTTP1
import Sandbox
import SwiftProtobuf

/// An answer of the sandbox.
struct Heard: Sendable {
    let status: Int
    let type: String
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] ?? [:]
    }
}

/// A sandbox on a port of its own, and a client of it.
struct LiveSandbox: Sendable {
    let server: SandboxServer
    let port: Int
    let key: APIKey

    /// Runs a sandbox for as long as the body takes.
    static func run(
        _ configuration: SandboxConfiguration = SandboxConfiguration(),
        _ body: @escaping @Sendable (LiveSandbox) async throws -> Void
    ) async throws {
        let server = SandboxServer(
            configuration: configuration,
            logger: Logger(label: "sandbox") { _ in
                SwiftLogNoOpLogHandler()
            })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let key = await APIKey("devkey", secret: "secret")
            let port = await server.boundPort()
            try await body(LiveSandbox(server: server, port: port, key: key))
            group.cancelAll()
            // A server that is cancelled may say so.
            while let ended = await group.nextResult() { _ = ended }
        }
    }

    func send(
        _ method: HTTPMethod = .POST, _ path: String, _ body: [UInt8] = [], _ headers: [(String, String)] = [],
        timeout: TimeAmount = .seconds(20)
    ) async throws -> Heard {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers = HTTPHeaders(headers)
        if !body.isEmpty { request.body = .bytes(body) }
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return Heard(
            status: Int(response.status.code), type: response.headers.first(name: "Content-Type") ?? "",
            body: Array(bytes.readableBytesView))
    }

    /// A control request.
    func control(_ path: String, _ json: String? = nil) async throws -> Heard {
        try await send(json == nil ? .GET : .POST, "/sandbox/\(path)", Array((json ?? "").utf8))
    }

    func bearer(_ rpc: RPC, room: String? = nil) async throws -> (String, String) {
        let token = AccessToken(for: rpc, room: room, issuer: "devkey", at: Date(), lifetime: .seconds(60))
        return ("Authorization", "Bearer \(try await token.signed(by: key))")
    }

    /// An RPC with a JSON body.
    func json(
        _ rpc: RPC, _ body: String, room: String? = nil, headers: [(String, String)] = []
    ) async throws -> Heard {
        try await send(
            .POST, rpc.path, Array(body.utf8),
            [try await bearer(rpc, room: room), ("Content-Type", "application/json")] + headers)
    }

    /// An RPC with a protobuf body.
    func protobuf(_ rpc: RPC, _ message: any Message, room: String? = nil) async throws -> Heard {
        try await send(
            .POST, rpc.path, try message.serializedBytes(),
            [try await bearer(rpc, room: room), ("Content-Type", "application/protobuf")])
    }
}
