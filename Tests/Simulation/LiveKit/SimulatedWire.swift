import LiveKit
import Sandbox
import SwiftProtobuf

/// The way from one node to LiveKit and back, with what goes wrong on it.
struct SimulatedWire: LiveKitWire {
    let scheduler: Scheduler
    let phones: PhoneWorld
    let sky: Sky
    let auditor: Auditor
    let trace: Trace
    let name: String
    /// How far the node's clock is ahead, in milliseconds.
    let skew: Int64

    var elapsed: Duration { .milliseconds(scheduler.now) }

    func send<Answer: Message>(
        _ rpc: RPC, _ message: some Message, _ terms: RequestTerms, within timeout: Duration
    ) async throws(LiveKitError) -> Answer {
        guard !Task.isCancelled else { throw .unreachable("cancelled before it was sent") }
        guard let request = LiveKitRequest(rpc, message) else { throw .malformed("the simulation has no \(rpc)") }
        let slot = Slot<Result<any Message, LiveKitError>>()
        guard terms.leaving() else { throw .unreachable("it stays") }
        begin(rpc, request, terms, timeout, slot)
        let result = await slot.wait(whenCancelled: .failure(.interrupted("cancelled")))
        trace.note("answer", "\(name) \(rpc) \(auditor.alias(request.room)) \(result.words)")
        guard let answer = try result.get() as? Answer else { throw .malformed("not a \(Answer.protoMessageName)") }
        return answer
    }

    private func begin(
        _ rpc: RPC, _ request: LiveKitRequest, _ terms: RequestTerms, _ timeout: Duration,
        _ slot: Slot<Result<any Message, LiveKitError>>
    ) {
        let fault = sky.fault(for: request)
        let patience = max(0, Int64(timeout / .milliseconds(1)))
        trace.note("request", "\(name) \(rpc) \(auditor.alias(request.room)) \(fault.map { "<\($0)>" } ?? "")")
        scheduler.alarm(at: scheduler.now + patience) { slot.fill(.failure(.interrupted("timed out"))) }
        let happens = fault?.happens ?? true
        let flight = auditor.sending(request, reachesLiveKit: happens, serverTimeout: terms.serverDeadline, skew: skew)
        func fail(_ error: LiveKitError) {
            scheduler.alarm(at: scheduler.now + sky.travel()) { slot.fill(.failure(error)) }
        }
        switch fault {
        case .refused: return fail(.unreachable("connection refused"))
        case .lost: return fail(.interrupted("connection reset"))
        case .hang: return
        case .unavailable: return fail(.answered(TwirpError(.unavailable, "no response from servers")))
        case .busy: return fail(.answered(TwirpError(.resourceExhausted, "too many requests")))
        case .unauthenticated: return fail(.refused(status: 401, text: "invalid authorization token"))
        case .lie:
            let lie = request.lie
            scheduler.alarm(at: scheduler.now + sky.travel()) {
                slot.fill(lie.map { .success($0) } ?? .failure(.malformed("no answer")))
            }
            return
        case .slow, .reset, .hangAfter, .late, .garbled, nil: break
        }
        let arrival =
            scheduler.now + (sky.lateness(of: request) ?? (fault == .slow ? sky.slowness(for: request) : sky.travel()))
        let serverTimeout = terms.serverDeadline.map { Int64($0 / .milliseconds(1)) }
        scheduler.alarm(at: arrival) {
            auditor.arrived(flight)
            trace.note("arrives", "\(name) \(rpc) \(auditor.alias(request.room))")
            phones.carryOut(request, timeout: serverTimeout) { reply in respond(reply, fault, slot) }
        }
    }

    private func respond(
        _ reply: Result<any Message, Refusal>, _ fault: Fault?, _ slot: Slot<Result<any Message, LiveKitError>>
    ) {
        var at = scheduler.now + sky.travel()
        let result: Result<any Message, LiveKitError>
        switch fault {
        case .hangAfter: return
        case .reset: result = .failure(.interrupted("connection reset"))
        case .late: result = .failure(.answered(TwirpError(.unavailable, "no response from servers")))
        case .garbled: result = .failure(.malformed("half an answer"))
        default:
            if case .failure(let refusal) = reply { at += refusal.after }
            result = reply.mapError { .answered($0.answered) }
        }
        scheduler.alarm(at: at) { slot.fill(result) }
    }
}

extension Fault {
    /// LiveKit carries the request out.
    var happens: Bool {
        switch self {
        case .refused, .lost, .hang, .unavailable, .busy, .unauthenticated, .lie: false
        case .reset, .hangAfter, .slow, .late, .garbled: true
        }
    }
}

extension Result where Success == any Message, Failure == LiveKitError {
    fileprivate var words: String {
        switch self {
        case .success: "ok"
        case .failure(let error): "\(error)"
        }
    }
}
