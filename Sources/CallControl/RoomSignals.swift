package import CallCore
import NIOConcurrencyHelpers

/// News of single rooms inside this process: a dial returned, somebody joined.
///
/// Hints only: whoever waits also looks for itself.
package final class RoomSignals: Sendable {
    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var nextID = 0
        var waiters: [RoomName: [Waiter]] = [:]
        var cancelledBeforeWaiting: Set<Int> = []
    }

    private let state = NIOLockedValueBox(State())

    package init() {}

    /// Wakes everybody who waits for the room.
    package func signal(_ room: RoomName) {
        let waiters = state.withLockedValue { $0.waiters.removeValue(forKey: room) ?? [] }
        for waiter in waiters { waiter.continuation.resume() }
    }

    /// Returns at the next signal, at `moment`, or when the task is cancelled.
    package func wait(for room: RoomName, until moment: Moment, clock: any WallClock) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.signalled(room) }
            group.addTask { try? await clock.sleep(until: moment) }
            await group.next()
            group.cancelAll()
        }
    }

    private func signalled(_ room: RoomName) async {
        let id = state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let cancelled = state.withLockedValue { state in
                    if state.cancelledBeforeWaiting.remove(id) != nil { return true }
                    state.waiters[room, default: []].append(Waiter(id: id, continuation: continuation))
                    return false
                }
                if cancelled { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLockedValue { state -> Waiter? in
                guard let index = state.waiters[room]?.firstIndex(where: { $0.id == id }) else {
                    state.cancelledBeforeWaiting.insert(id)
                    return nil
                }
                let waiter = state.waiters[room]?.remove(at: index)
                if state.waiters[room]?.isEmpty == true { state.waiters[room] = nil }
                return waiter
            }
            waiter?.continuation.resume()
        }
        state.withLockedValue { _ = $0.cancelledBeforeWaiting.remove(id) }
    }
}
