import CallControl
import CallCore
import Logging

/// Ends active calls whose agent has been away for too long, after a last look whether it is back.
struct AgentCheck: Sendable {
    let workshop: Workshop
    let log: Logger

    /// False when LiveKit or the store could not be asked: to be repeated.
    func run() async -> Bool {
        do {
            let since = workshop.clock.now - Call.agentAbsenceAllowed
            for call in try await workshop.store.agentsAway(since: since) {
                let room = call.attempt.room
                let isBack = try await workshop.phone.agentIsPresent(room)
                try await workshop.reports.report(isBack ? .agentPresent : .agentGone, from: room)
            }
            return true
        } catch {
            log.warning("absent agents could not be checked; it is repeated", metadata: ["why": "\(error)"])
            return false
        }
    }
}
