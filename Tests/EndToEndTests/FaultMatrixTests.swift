import CallControl
import CallCore
import SQLiteStore
import Sandbox
import Testing

/// What goes wrong with LiveKit's answers.
enum LiveKitFault: String, CaseIterable, Sendable {
    case down, unavailable, busy, hang, reset, half, garbage, slow

    /// What was asked for happens although the answer says nothing of it.
    var happensAllTheSame: Bool {
        switch self {
        case .reset, .half, .garbage: true
        case .down, .unavailable, .busy, .hang, .slow: false
        }
    }
}

/// What LiveKit was asked for at that moment.
enum LiveKitOperation: String, CaseIterable, Sendable {
    case createRoom, dial, cancel, reconcile

    var methods: [String] {
        switch self {
        case .createRoom: ["CreateRoom"]
        case .dial: ["CreateSIPParticipant"]
        case .cancel: ["DeleteRoom"]
        case .reconcile: ["ListRooms", "ListParticipants", "GetParticipant"]
        }
    }
}

extension LivePath {
    /// Eight faults of LiveKit, each during four operations: 32 cells, each with a house and a sandbox of its own.
    ///
    /// Every cell ends right: the call in its right final state or adopted, at most one dial, the phone silent after a cancel, no room
    /// left, and healed within 2 s of LiveKit's return. Those that take half a minute run beside each other.
    @Suite(.timeLimit(.minutes(3))) struct FaultMatrixTests {
        @Test(arguments: LiveKitOperation.allCases)
        func everyCellEndsRight(operation: LiveKitOperation) async throws {
            await withTaskGroup(of: (LiveKitFault, (any Error)?).self) { group in
                for fault in LiveKitFault.allCases {
                    group.addTask {
                        do {
                            try await House.open { house in
                                try await Cell(house: house, fault: fault, operation: operation).run()
                            }
                            return (fault, nil)
                        } catch {
                            return (fault, error)
                        }
                    }
                }
                for await (fault, error) in group {
                    if let error { Issue.record(error, "\(operation) x \(fault)") }
                }
            }
        }
    }
}

/// One fault during one operation.
private struct Cell: Sendable {
    let house: House
    let fault: LiveKitFault
    let operation: LiveKitOperation

    private static let healedWithin: Duration = .seconds(2)

    func run() async throws {
        switch operation {
        case .createRoom: try await createRoom()
        case .dial: try await dial()
        case .cancel: try await cancel()
        case .reconcile: try await reconcile()
        }
    }

    private func createRoom() async throws {
        try await strike()
        let call = try await house.place("+15005550001", try await house.agent("robot"))
        try await pass(.milliseconds(1_700))
        try check(house.spy.dials(of: call) == 0, "dialled without a room")
        let back = try await lift()
        let record = try await house.until(call) { $0.call.status == .active }
        let sent = try #require(record.call.attempts.last?.dial.sentAt)
        try healed(sent, after: back)
        try await stop(call)
    }

    private func dial() async throws {
        let agent = try await house.agent(ringingTimeout: fault == .slow ? 40 : 5)
        if fault != .down { try await strike() }
        let call = try await house.place("+15005550001", agent)
        switch fault {
        case .down:
            // The connection breaks in the middle of the dial.
            await house.spy.dialSent(of: call)
            try await eventually(house) { try await !house.legs().isEmpty }
            try await strike()
            try await pass(.milliseconds(1_500))
            try check(try await !house.record(call).call.status.isFinal, "an outcome that nobody can know")
            let back = try await lift()
            let record = try await house.until(call) { $0.call.status == .active }
            try healed(try #require(record.call.attempts.last?.answeredAt), after: back)
            try await stop(call)
        case .reset, .half, .garbage, .slow:
            try await house.until(call, within: .seconds(35)) { $0.call.status == .active }
            try await stop(call)
        case .unavailable, .hang, .busy:
            // Nobody was rung, but only a limit of LiveKit's says so; the others are waited for to their deadline.
            let record = try await house.until(call) {
                $0.call.status.isFinal && $0.termination?.state == .verified
            }
            try check(record.call.status == .failed, "\(record.call.status)")
            try check(
                record.call.attempts.last?.failureReason == (fault == .busy ? .internal : .indeterminate),
                "\(String(describing: record.call.attempts.last?.failureReason))")
            try check(try await house.legs().isEmpty, "somebody was rung")
            try await nothingIsLeft(of: call)
        }
    }

    private func cancel() async throws {
        let call = try await house.place("+15005550001", try await house.agent("robot"))
        try await house.until(call) { $0.call.status == .active }
        try await strike()
        try check(try await house.cancel(call).status == .cancelled, "not cancelled")
        try await pass(.milliseconds(1_700))
        let before = try await house.record(call).termination
        try check(
            (before?.state == .verified) == fault.happensAllTheSame, "\(String(describing: before)) during the fault")
        let back = try await lift()
        let record = try await house.until(call) { $0.termination?.state == .verified }
        try healed(try #require(record.termination?.verifiedAt), after: back)
        for leg in try await house.legs() {
            try healed(Moment(milliseconds: try #require(leg.byeAt, "\(leg)")), after: back)
        }
        try check(record.termination?.lastError != nil, "the call tells nothing of it")
        try await nothingIsLeft(of: call)
    }

    /// A phone hangs up and a room is forgotten while LiveKit cannot be asked for rooms; no webhook tells of it.
    private func reconcile() async throws {
        let call = try await house.place("+15005550002", try await house.agent("robot"))
        try await house.until(call) { $0.call.status == .active }
        let installation = try await house.store.installation().id
        let orphan = RoomName(installation: installation, call: CallID(rawValue: "call_forgotten"), attempt: 1)
        try await house.makeRoom("someone-elses")
        try await strike()
        if fault != .down { try await house.makeRoom(orphan.rawValue) }
        try await eventually(house) { try await house.legs().allSatisfy { !$0.up } }
        try await pass(.milliseconds(1_500))
        try check(try await house.record(call).call.status == .active, "ended without evidence")
        let back = try await lift()
        let record = try await house.until(call) { $0.call.status == .completed }
        try healed(try #require(record.call.attempts.last?.endedAt), after: back)
        try await eventually(house) { try await house.rooms() == ["someone-elses"] }
        try healed(house.clock.now, after: back)
        try check(house.spy.dials(of: call) == 1, "dialled twice")
    }

    // MARK: Steps

    /// From now on it goes wrong, as often as it is asked for.
    private func strike() async throws {
        guard fault != .down else { return try await house.control("outage", #"{"down": true}"#) }
        let delay = fault == .slow ? 30_000 : 0
        for method in operation.methods {
            try await house.control(
                "faults",
                #"{"method": "\#(method)", "fault": "\#(fault.rawValue)", "times": 100000, "delayMs": \#(delay)}"#)
        }
    }

    private func lift() async throws -> Moment {
        if fault == .down {
            try await house.control("outage", #"{"down": false}"#)
        } else {
            try await house.control("faults", #"{"method": "*", "fault": "none"}"#)
        }
        return house.clock.now
    }

    private func stop(_ call: CallID) async throws {
        try check(try await house.cancel(call).status == .cancelled, "not cancelled")
        try await house.until(call) { $0.termination?.state == .verified }
        try await nothingIsLeft(of: call)
    }

    private func nothingIsLeft(of call: CallID) async throws {
        let legs = try await house.legs()
        try check(legs.allSatisfy { !$0.up }, "a phone is up: \(legs)")
        try check(legs.count <= 1, "rung twice: \(legs)")
        try check(house.spy.dials(of: call) <= 1, "dialled twice")
        try await eventually(house) { try await house.rooms().isEmpty }
        guard fault == .slow else { return }
        // What LiveKit takes half a minute over happens after all: a room that is made then is found and goes.
        try await house.control("clock", #"{"advanceMs": 31000}"#)
        try await pass(.milliseconds(100))
        try await eventually(house) { try await house.rooms().isEmpty }
        try check(try await house.legs().allSatisfy { !$0.up }, "a phone came back")
    }

    private func healed(_ moment: Moment, after back: Moment) throws {
        let took = moment.since(back)
        try check(took <= Self.healedWithin, "healed \(took) after LiveKit was back")
    }

    private func pass(_ duration: Duration) async throws {
        try await house.clock.sleep(until: house.clock.now + duration)
    }

    private func check(_ holds: Bool, _ otherwise: @autoclosure () -> String) throws {
        guard holds else { throw House.Failure(otherwise()) }
    }
}
