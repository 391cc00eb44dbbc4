import CallControl
import CallCore
import Logging
import NIOConcurrencyHelpers

/// Ends active calls whose agent has been away for too long, after a last look whether it is back.
struct AgentCheck: Sendable {
    let workshop: Workshop
    let log: Logger

    /// What could not be asked is asked again by the next one.
    func run() async {
        guard
            workshop.agentCheckRuns.withLockedValue({ runs in
                defer { runs = true }
                return !runs
            })
        else { return }
        defer { workshop.agentCheckRuns.withLockedValue { $0 = false } }
        do {
            let since = workshop.clock.now - Call.agentAbsenceAllowed
            let calls = try await workshop.store.agentsAway(since: since)
            await withTaskGroup(of: Void.self) { group in
                for (index, call) in calls.enumerated() {
                    if index >= 16 { await group.next() }
                    group.addTask { await check(call.attempt.room) }
                }
            }
        } catch {
            log.warning("absent agents could not be checked; it is repeated", metadata: ["why": "\(error)"])
        }
    }

    private func check(_ room: RoomName) async {
        do {
            let isBack = try await workshop.phone.survey(room).agentIsPresent
            try await workshop.reports.report(isBack ? .agentPresent : .agentGone, from: room)
        } catch {
            log.warning("an absent agent could not be checked; it is repeated", metadata: ["why": "\(error)"])
        }
    }
}
