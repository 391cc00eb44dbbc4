import CallControl
import CallCore
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore

/// Carries each request with an Idempotency-Key out once: a repetition gets the first one's answer, and is told to wait while that runs.
///
/// What decides is the store, where the answer is written together with the change. This gate only spares the way there.
final class OnceGate: Sendable {
    typealias Handler = @Sendable (Inquiry, Caller) async throws(APIError) -> Answer

    private let answers: Answers
    private let running = NIOLockedValueBox<Set<Once.Slot>>([])

    init(_ answers: Answers) { self.answers = answers }

    /// Hands a request to its route, as often as that is allowed.
    func pass(
        _ inquiry: Inquiry, _ caller: Caller, to route: Route, path: [String], _ handle: Handler
    ) async throws(APIError) -> Answer {
        var inquiry = inquiry
        switch IdempotencyKey(inquiry.request) {
        case .absent: break
        case .fault(let fault): inquiry.keyFault = fault
        case .word(let word):
            guard let kept = route.kept else {
                inquiry.keyFault = .notYet("Idempotency-Key")
                break
            }
            let body = try await inquiry.body()
            inquiry.received = body
            var caller = caller
            caller.once = Once(
                slot: Once.Slot(
                    key: caller.key, method: route.method.rawValue, path: "/" + path.joined(separator: "/"), word: word),
                digest: inquiry.digest(body), at: inquiry.services.clock.now, answer: { kept($0).stored })
            return try await carryOut(inquiry, caller, handle)
        }
        return try await handle(inquiry, caller)
    }

    private func carryOut(
        _ inquiry: Inquiry, _ caller: Caller, _ handle: Handler
    ) async throws(APIError) -> Answer {
        guard let once = caller.once else { return try await handle(inquiry, caller) }
        // A DELETE that waits for the hang-up has its answer on the disk already, and is not over: the client shall wait as well.
        guard running.withLockedValue({ $0.insert(once.slot).inserted }) else { throw .stillRunning }
        defer { running.withLockedValue { _ = $0.remove(once.slot) } }
        let before = try await asking(.call, to: .readCalls) { () async throws(ControlError) in
            try await answers.repetition(of: once)
        }
        if let before { return try Self.answer(before) }
        do {
            return try await handle(inquiry, caller)
        } catch {
            // Another process was faster.
            guard let before = error.repetition else { throw error }
            return try Self.answer(before)
        }
    }

    private static func answer(_ repetition: Repetition) throws(APIError) -> Answer {
        guard case .answered(let first) = repetition else { throw APIError(repetition) }
        var answer = Answer(.init(code: first.status), body: ByteBuffer(bytes: first.body))
        if let name = IdempotencyKey.replayed { answer.headers[name] = "true" }
        return answer
    }
}
