import CallControl
import CallCore
import NIOConcurrencyHelpers

/// A phone network that does what a test says, writes down what it was asked, and tells whoever waits for that.
final class ScriptedPhone: Phone {
    enum Ask: Sendable, Equatable {
        case prepare(RoomName), dial(RoomName), delete(RoomName)
    }

    private struct State {
        var asked: [Ask] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var prepare: @Sendable (DialOrder) throws(PhoneFailure) -> LiveKitIDs = { _ throws(PhoneFailure) in LiveKitIDs()
        }
        var dial: @Sendable (DialOrder) async -> DialReturn = { _ in .failed(.answered(sip: 486)) }
        var sight = Sight.absent
        var gone = true
        var looksFail = false
        var agentIsPresent = true
    }

    private let state = NIOLockedValueBox(State())

    var asked: [Ask] { state.withLockedValue { $0.asked } }
    var dialled: [RoomName] { asked.compactMap { if case .dial(let room) = $0 { room } else { nil } } }

    func onPrepare(_ body: @escaping @Sendable (DialOrder) throws(PhoneFailure) -> LiveKitIDs) {
        state.withLockedValue { $0.prepare = body }
    }
    func onDial(_ body: @escaping @Sendable (DialOrder) async -> DialReturn) {
        state.withLockedValue { $0.dial = body }
    }
    func show(_ sight: Sight) { state.withLockedValue { $0.sight = sight } }
    func show(looksFail: Bool) { state.withLockedValue { $0.looksFail = looksFail } }
    func show(agent: Bool) { state.withLockedValue { $0.agentIsPresent = agent } }
    func show(gone: Bool) { state.withLockedValue { $0.gone = gone } }

    /// Returns when it was asked for this much in all.
    func wait(forAsks count: Int) async {
        await withCheckedContinuation { continuation in
            let enough = state.withLockedValue { state in
                if state.asked.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if enough { continuation.resume() }
        }
    }

    private func note(_ ask: Ask) {
        let ready = state.withLockedValue { state in
            state.asked.append(ask)
            let count = state.asked.count
            let ready = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    func prepare(_ order: DialOrder, mayBeRepeated: Bool) async throws(PhoneFailure) -> LiveKitIDs {
        note(.prepare(order.room))
        return try state.withLockedValue { $0.prepare }(order)
    }

    func dial(_ order: DialOrder) async -> DialReturn {
        note(.dial(order.room))
        return await state.withLockedValue { $0.dial }(order)
    }

    func look(_ room: RoomName) async throws(PhoneFailure) -> Sight {
        let (sight, fails) = state.withLockedValue { ($0.sight, $0.looksFail) }
        if fails { throw .unreachable("down") }
        return sight
    }

    func agentIsPresent(_ room: RoomName) async throws(PhoneFailure) -> Bool {
        state.withLockedValue { $0.agentIsPresent }
    }

    func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion {
        note(.delete(room))
        return .deleted
    }

    func free(_ room: RoomName) async throws(PhoneFailure) {}
    func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool { state.withLockedValue { $0.gone } }
    func rooms(prefix: String) async throws(PhoneFailure) -> [RoomName] { [] }
    func status(of room: RoomName) async throws(PhoneFailure) -> LiveRoomStatus {
        LiveRoomStatus(roomExists: false, participants: [])
    }
}

/// Something that a dial waits for until a test lets it go.
final class Gate: Sendable {
    private let state = NIOLockedValueBox((isOpen: false, waiters: [CheckedContinuation<Void, Never>]()))

    func open() {
        let waiters = state.withLockedValue { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLockedValue { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
