import CallControl
import CallCore
import NIOConcurrencyHelpers

/// A phone network that does what a test says, writes down what it was asked, and tells whoever waits for that.
final class ScriptedPhone: Phone {
    enum Ask: Sendable, Equatable {
        case prepare(RoomName), dial(RoomName), delete(RoomName), remove(RoomName), remake(RoomName)
    }

    private struct State {
        var asked: [Ask] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var prepare: @Sendable (DialOrder) throws(PhoneFailure) -> LiveKitIDs = { _ throws(PhoneFailure) in LiveKitIDs()
        }
        var connect: @Sendable () -> Void = {}
        var dial: @Sendable (DialOrder) async -> DialReturn = { _ in .failed(.answered(sip: 486)) }
        var delete: @Sendable (RoomName) async throws(PhoneFailure) -> Deletion = { _ throws(PhoneFailure) in .deleted }
        var remove: @Sendable (RoomName) throws(PhoneFailure) -> Bool = { _ throws(PhoneFailure) in true }
        var remake: @Sendable (RoomName) throws(PhoneFailure) -> Void = { _ throws(PhoneFailure) in }
        var list: @Sendable () throws(PhoneFailure) -> [ListedRoom] = { () throws(PhoneFailure) in [] }
        var lists = 0
        var surveys = 0
        var sight = Sight.absent
        var gone = true
        var looksFail = false
        var isDown = false
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
    /// Before each dial goes out.
    func onConnect(_ body: @escaping @Sendable () -> Void) { state.withLockedValue { $0.connect = body } }
    func onDelete(_ body: @escaping @Sendable (RoomName) async throws(PhoneFailure) -> Deletion) {
        state.withLockedValue { $0.delete = body }
    }
    func onRemove(_ body: @escaping @Sendable (RoomName) throws(PhoneFailure) -> Bool) {
        state.withLockedValue { $0.remove = body }
    }
    func onRemake(_ body: @escaping @Sendable (RoomName) throws(PhoneFailure) -> Void) {
        state.withLockedValue { $0.remake = body }
    }
    func onList(_ body: @escaping @Sendable () throws(PhoneFailure) -> [ListedRoom]) {
        state.withLockedValue { $0.list = body }
    }
    /// How often it was asked for all rooms, and for one.
    var lists: Int { state.withLockedValue { $0.lists } }
    var surveys: Int { state.withLockedValue { $0.surveys } }
    func show(_ sight: Sight) { state.withLockedValue { $0.sight = sight } }
    func show(looksFail: Bool) { state.withLockedValue { $0.looksFail = looksFail } }
    func show(agent: Bool) { state.withLockedValue { $0.agentIsPresent = agent } }
    func show(gone: Bool) { state.withLockedValue { $0.gone = gone } }

    /// From now on nobody answers, or everybody does again.
    func set(down: Bool) { state.withLockedValue { $0.isDown = down } }

    private func mustBeUp() throws(PhoneFailure) {
        if state.withLockedValue({ $0.isDown }) { throw .unreachable("connection refused") }
    }

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
        try mustBeUp()
        note(.prepare(order.room))
        return try state.withLockedValue { $0.prepare }(order)
    }

    func dial(_ order: DialOrder, leaving: @escaping @Sendable () -> Bool) async -> DialReturn {
        // What was refused a connection has certainly not left.
        if state.withLockedValue({ $0.isDown }) { return .failed(.internal) }
        state.withLockedValue { $0.connect }()
        guard leaving() else { return .failed(.internal) }
        note(.dial(order.room))
        return await state.withLockedValue { $0.dial }(order)
    }

    func look(_ room: RoomName) async throws(PhoneFailure) -> Sight {
        try mustBeUp()
        let (sight, fails) = state.withLockedValue { ($0.sight, $0.looksFail) }
        if fails { throw .unreachable("down") }
        return sight
    }

    func survey(_ room: RoomName) async throws(PhoneFailure) -> RoomSurvey {
        let phone = try await look(room)
        return state.withLockedValue { state in
            state.surveys += 1
            return RoomSurvey(phone: phone, agentIsPresent: state.agentIsPresent)
        }
    }

    func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion {
        try mustBeUp()
        note(.delete(room))
        return try await state.withLockedValue { $0.delete }(room)
    }

    func removePhone(_ room: RoomName) async throws(PhoneFailure) -> Bool {
        note(.remove(room))
        return try state.withLockedValue { $0.remove }(room)
    }
    func remakeAndDelete(_ room: RoomName) async throws(PhoneFailure) {
        note(.remake(room))
        try state.withLockedValue { $0.remake }(room)
    }
    func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool {
        try mustBeUp()
        let (gone, fails) = state.withLockedValue { ($0.gone, $0.looksFail) }
        if fails { throw .unreachable("down") }
        return gone
    }
    func rooms(prefix: String) async throws(PhoneFailure) -> [ListedRoom] {
        try mustBeUp()
        let list = state.withLockedValue { state in
            state.lists += 1
            return state.list
        }
        return try list()
    }
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
