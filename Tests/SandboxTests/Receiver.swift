import NIOConcurrencyHelpers
import Sandbox

/// A webhook receiver that can be away, and whoever waits for what it hears.
final class Receiver: Sendable {
    private struct State {
        var status: Int? = 200
        var attempts = 0
        var heard: [[UInt8]] = []
        var tokens: [String] = []
        var waiters: [(until: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = NIOLockedValueBox(State())

    /// What it answers from now on; nil: nothing, the connection fails.
    func answer(_ status: Int?) { state.withLockedValue { $0.status = status } }

    /// The bodies that it accepted.
    var heard: [[UInt8]] { state.withLockedValue { $0.heard } }

    /// The Authorization headers of all attempts.
    var tokens: [String] { state.withLockedValue { $0.tokens } }

    var attempts: Int { state.withLockedValue { $0.attempts } }

    /// Waits until this many attempts were made.
    func waitFor(attempts: Int) async {
        await withCheckedContinuation { continuation in
            let there = state.withLockedValue { state in
                if state.attempts < attempts { state.waiters.append((attempts, continuation)) }
                return state.attempts >= attempts
            }
            if there { continuation.resume() }
        }
    }

    @Sendable func post(_ url: String, _ body: [UInt8], _ authorization: String) async -> WebhookSender.Answer {
        let (status, ready) = state.withLockedValue { state in
            state.attempts += 1
            state.tokens.append(authorization)
            if state.status == 200 { state.heard.append(body) }
            let ready = state.waiters.filter { $0.until <= state.attempts }
            state.waiters.removeAll { $0.until <= state.attempts }
            return (state.status, ready)
        }
        for waiter in ready { waiter.continuation.resume() }
        return WebhookSender.Answer(status: status)
    }
}
