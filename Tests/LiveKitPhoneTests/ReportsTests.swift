import CallControl
import CallCore
import Foundation
import LiveKit
import LiveKitPhone
import Logging
import SQLiteStore
import TestSupport
import Testing

/// What LiveKit's webhooks prove, and what they do not.
@Suite struct ReportsTests {
    /// Where a call may be when LiveKit tells something of its room.
    enum Stage: CaseIterable { case dialOut, dialLost, ringing, ringingDialLost, active }

    /// News of a room, or of a join that came to nothing: none of a phone.
    static let ofRooms = ["room_finished", "participant_connection_aborted"]

    @Test("a room that is finished says nothing of a phone", arguments: ofRooms, Stage.allCases)
    func roomsEndNothing(event: String, stage: Stage) async throws {
        let desk = try await Desk(stage)
        let before = try await desk.record()
        try await desk.hear(event)
        let after = try await desk.record()
        #expect(after.call == before.call)
        #expect(after.termination == nil)
        // In flight it was and in flight it is: no DeleteRoom leaves yet.
        #expect(try await desk.dial() == before.call.attempts.last?.dial)
    }

    /// The room that LiveKit closed a moment ago may be one that had the same name before.
    @Test("a dial that is answered after the end of a room is a call", arguments: ofRooms)
    func answeredAfterwards(event: String) async throws {
        let desk = try await Desk(.dialOut)
        try await desk.hear(event)
        try await desk.decide(.answered(LiveKitIDs(participant: "PA_1"), dialReturned: true))
        #expect(try await desk.record().call.status == .active)
    }

    @Test("a phone that has left is gone", arguments: [Stage.dialLost, .ringingDialLost, .active])
    func phonesEndCalls(stage: Stage) async throws {
        let desk = try await Desk(stage)
        try await desk.hear("participant_left")
        let after = try await desk.record()
        #expect(after.call.status.isFinal)
        #expect(after.termination?.state == .pending)
        #expect(try await desk.dial()?.inFlightUntil == nil)
    }
}

/// One call at a stage, and the door for webhooks.
private struct Desk {
    private let store: SQLiteStore
    private let clock = MovableClock()
    private let reports: LiveKitReports
    private let lease: DialLease

    init(_ stage: ReportsTests.Stage) async throws {
        store = try SQLiteStore(.memory, installation: "t")
        let caller = Caller(
            key: KeyID(rawValue: "key_1"), organization: OrganizationID(rawValue: "acme"), role: .admin)
        let agent = try await Agents(store: store, bell: Bell(), operationsBell: Bell(), clock: clock).create(
            name: "A", by: caller
        ) { _ in }
        let now = clock.now
        let phone = try #require(PhoneNumber("+15005550001"))
        _ = try await store.insert(
            Call(
                id: CallID(rawValue: "call_1"), organization: caller.organization, agent: agent.id,
                contact: Contact(phone: phone), dueAt: now, createdAt: now), for: caller)
        let terms = AdmissionTerms(limits: DialLimits(), atMost: 1)
        let admissions = try await store.admitDue(terms, at: now, claimingUntil: now + .seconds(8)) { call, scene in
            let room = RoomName(installation: "t", call: call.id, attempt: 1)
            return call.receiving(.lineFree(room), in: scene, at: now)
        }
        lease = try #require(admissions.admitted.first?.dial)
        let log = Logger(label: "desk") { _ in SwiftLogNoOpLogHandler() }
        reports = LiveKitReports(
            verifier: WebhookVerifier(keys: APIKeys([]), now: { Date() }),
            reports: CallReports(
                store: store, bell: Bell(), clock: clock, signals: RoomSignals(), installation: "t"), log: log)
        try await decide(.sendDial(deadline: now + .seconds(34), LiveKitIDs(room: "RM_1")))
        switch stage {
        case .dialOut: break
        case .dialLost: try await decide(.dialLost)
        case .ringing: try await decide(.ringing)
        case .ringingDialLost:
            try await decide(.ringing)
            try await decide(.dialLost)
        case .active: try await decide(.answered(LiveKitIDs(participant: "PA_1"), dialReturned: true))
        }
    }

    func decide(_ event: CallEvent) async throws {
        let now = clock.now
        let decided = try await store.decide(
            lease.call.id, proving: DialProof(lease), claimingUntil: nil, at: now
        ) { [lease] call, scene in
            call.receiving(event, about: lease.room, in: scene, at: now)
        }
        #expect(decided?.verdict == .moved || decided?.verdict == .noted)
    }

    /// LiveKit tells of the room that the attempt knows, and of its phone.
    func hear(_ event: String) async throws {
        var webhook = LKWebhookEvent()
        webhook.id = "EV_\(event)"
        webhook.event = event
        webhook.room.name = lease.room.rawValue
        webhook.room.sid = "RM_1"
        if event.hasPrefix("participant") {
            webhook.participant.identity = RoomName.phoneIdentity
            webhook.participant.kind = .sip
            webhook.participant.sid = "PA_1"
        }
        try await reports.take(webhook)
    }

    func record() async throws -> CallRecord { try #require(try await store.call(lease.call.id, at: clock.now)) }
    func dial() async throws -> Dial? { try await store.dial(of: lease.room) }
}
