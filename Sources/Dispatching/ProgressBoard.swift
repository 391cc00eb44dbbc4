import CallControl
import CallCore
import NIOConcurrencyHelpers

/// Where requests wait for how far the termination of their room has come.
final class ProgressBoard: Sendable {
    private struct Waiter {
        let id: Int
        let untilVerified: Bool
        let continuation: CheckedContinuation<TerminationProgress, Never>
    }

    private struct State {
        var nextID = 0
        var waiters: [RoomName: [Waiter]] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Tells all who wait for no more than this.
    func post(_ progress: TerminationProgress, of room: RoomName) {
        let satisfied = state.withLockedValue { state -> [Waiter] in
            guard let waiting = state.waiters[room] else { return [] }
            let left = progress == .verified ? [] : waiting.filter(\.untilVerified)
            state.waiters[room] = left.isEmpty ? nil : left
            return progress == .verified ? waiting : waiting.filter { !$0.untilVerified }
        }
        for waiter in satisfied { waiter.continuation.resume(returning: progress) }
    }

    /// Runs `begin` once the wait has begun, so that no progress is missed; `.pending` at the limit.
    func wait(
        for room: RoomName, untilVerified: Bool, limit: Moment, clock: any WallClock,
        begin: @Sendable @escaping () -> Void
    ) async -> TerminationProgress {
        let id = state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskGroup(of: TerminationProgress?.self) { group in
            group.addTask {
                await withCheckedContinuation { continuation in
                    // The limit may have passed before this task got to run: then nobody would come for the waiter.
                    let isLate = self.state.withLockedValue { state in
                        if Task.isCancelled { return true }
                        state.waiters[room, default: []].append(
                            Waiter(id: id, untilVerified: untilVerified, continuation: continuation))
                        return false
                    }
                    begin()
                    if isLate { continuation.resume(returning: .pending) }
                }
            }
            group.addTask {
                try? await clock.sleep(until: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if first == nil { self.giveUp(id, room) }
            return first ?? .pending
        }
    }

    private func giveUp(_ id: Int, _ room: RoomName) {
        let waiter = state.withLockedValue { state -> Waiter? in
            guard let index = state.waiters[room]?.firstIndex(where: { $0.id == id }) else { return nil }
            let waiter = state.waiters[room]?.remove(at: index)
            if state.waiters[room]?.isEmpty == true { state.waiters[room] = nil }
            return waiter
        }
        waiter?.continuation.resume(returning: .pending)
    }
}
