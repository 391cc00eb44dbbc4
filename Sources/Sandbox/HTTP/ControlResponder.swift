import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers `/sandbox/...`: what the phones heard, and how the world behaves from now on.
struct ControlResponder: Sendable {
    let network: PhoneNetwork
    let webhooks: WebhookSender
    let faults: MethodFaults
    let outage: Outage
    let methods: Set<String>
    let clock: SandboxClock
    /// What a reset goes back to.
    let settings: NetworkSettings

    private static let longestBody = 64 * 1_024

    func respond(to request: Request, from address: SocketAddress?) async -> Response {
        do {
            guard Self.isLoopback(address) else {
                throw ControlRefusal(status: 403, message: "the sandbox is controlled from its own machine only")
            }
            return try await answer(request)
        } catch let refusal as ControlRefusal {
            return Self.json(ErrorBody(error: refusal.message), status: .init(code: refusal.status))
        } catch {
            return Self.json(ErrorBody(error: "the body could not be read, or is too long"), status: .badRequest)
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        func body() async throws -> [UInt8] {
            Array(try await request.body.collect(upTo: Self.longestBody).readableBytesView)
        }
        switch (request.method, request.uri.path) {
        case (.get, "/sandbox/phones"):
            let query = request.uri.queryParameters
            // A plus that was not written as %2B arrives as a space or as itself, depending on the client.
            let number = query["number"].map { $0.hasPrefix(" ") ? "+" + $0.dropFirst() : String($0) }
            let room = query["room"].map(String.init)
            return Self.json(
                PhonesBody(legs: network.read { $0.legs.find(number: number, room: room) }.map(LegBody.init)))
        case (.get, "/sandbox/rooms"): return Self.json(RoomsBody(network.read { Array($0.rooms.values) }))
        case (.get, "/sandbox/settings"): return Self.json(SettingsBody(network.read(\.settings)))
        case (.get, "/sandbox/clock"): return clockAnswer()
        case (.post, "/sandbox/settings"):
            let wanted = try SettingsRequest(json: await body())
            return Self.json(SettingsBody(try change { try wanted.applied(to: $0) }))
        case (.post, "/sandbox/faults"):
            try FaultRequest(json: await body()).apply(to: faults, known: methods)
            return Self.json(DoneBody())
        case (.post, "/sandbox/outage"):
            let isDown = try OutageRequest(json: await body()).down
            webhooks.setSilent(isDown)
            outage.set(down: isDown)
            return Self.json(DoneBody())
        case (.post, "/sandbox/webhook-faults"):
            webhooks.setFaults(try WebhookFaultsRequest(json: await body()).faults())
            return Self.json(DoneBody())
        case (.post, "/sandbox/clock"):
            try ClockRequest(json: await body()).apply(to: clock)
            return clockAnswer()
        case (.post, "/sandbox/reset"):
            reset()
            return Self.json(DoneBody())
        default:
            throw ControlRefusal(
                status: 404, message: "there is no \(request.method.rawValue) \(request.uri.path)")
        }
    }

    private func change(_ edit: (NetworkSettings) throws -> NetworkSettings) throws -> NetworkSettings {
        let edited = try edit(network.read(\.settings))
        return try network.perform { network in
            network.apply(edited)
            return network.settings
        }
    }

    private func clockAnswer() -> Response {
        Self.json(ClockBody(now: clock.now, frozen: clock.isFrozen))
    }

    private func reset() {
        faults.reset()
        outage.set(down: false)
        clock.reset()
        network.reset(settings: settings)
        // Last, for what the clock's step set off tells of calls that are forgotten now.
        webhooks.reset()
    }

    private static func json(_ body: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let data = try? encoder.encode(body) else { return TwirpResponder.plain(.internalServerError, "") }
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        guard let ip = address?.ipAddress else { return false }
        return ip == "::1" || ip.hasPrefix("127.") || ip.hasPrefix("::ffff:127.")
    }
}
