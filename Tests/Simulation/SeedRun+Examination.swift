import CallControl
import CallCore
import Sandbox

extension SeedRun {
    /// The promises that can be judged at the end only, on what the phones have seen.
    func examine() {
        let auditor = site.auditor
        let network = site.phones.view
        let legs = network.legs.find()
        for leg in legs { examine(leg) }
        for (room, count) in Dictionary(grouping: legs, by: \.dial.roomName).mapValues(\.count) where count > 1 {
            auditor.fault("G4", "\(count) phones were called into \(auditor.alias(room))")
        }
        for story in auditor.calls.values.sorted(by: { $0.number < $1.number }) { examine(story) }
        for (room, story) in auditor.rooms.sorted(by: { $0.key < $1.key }) where story.armedAt != nil {
            if story.verifiedAt == nil { auditor.fault("G6", "\(auditor.alias(room)) is not verified in the end") }
        }
        let own = RoomName.prefix(of: Auditor.installation)
        for room in network.rooms.keys.sorted() where room.hasPrefix(own) {
            auditor.fault("G7", "\(auditor.alias(room)) is left over")
        }
        for room in Self.foreignRooms where network.rooms[room] == nil { auditor.fault("G7", "\(room) is gone") }
    }

    private func examine(_ leg: Leg) {
        let auditor = site.auditor
        let alias = auditor.alias(leg.dial.roomName)
        if leg.stage != .over { auditor.fault("G2", "the phone of \(alias) is \(leg.stage) in the end") }
        guard let story = auditor.rooms[leg.dial.roomName], !auditor.isExempt(leg) else { return }
        if let verified = story.firstVerifiedAt {
            let times = [leg.joinedAt, leg.inviteAt, leg.ringingAt, leg.answeredAt].compactMap { $0 }
            if let late = times.first(where: { $0 > verified }) {
                auditor.fault("G1", "the phone of \(alias) stirs \(late - verified) ms after it was verified silent")
            }
        }
        examineLength(leg, story)
    }

    /// Whoever talks and was not cancelled is not cut off.
    private func examineLength(_ leg: Leg, _ story: Auditor.RoomStory) {
        guard let answered = leg.answeredAt, let bye = leg.byeAt, leg.cancelAt == nil, !story.wasDeletedByOthers,
            let (id, _) = RoomName(rawValue: leg.dial.roomName).call(installation: Auditor.installation),
            let call = site.auditor.calls[id]?.call, call.status != .cancelled, call.outcome != "agent_left"
        else { return }
        let script = leg.script
        let limits = [
            leg.dial.maxCallDuration.map { leg.acceptedAt + $0 }, script.hangsUpAfter.map { answered + $0 },
            script.agentHangsUpAfter.map { answered + $0 },
        ]
        guard let end = limits.compactMap({ $0 }).min(), bye < end else { return }
        site.auditor.fault(
            "G7", "the phone of \(site.auditor.alias(leg.dial.roomName)) was cut off \(end - bye) ms early")
    }

    private func examine(_ story: Auditor.CallStory) {
        let auditor = site.auditor
        let call = story.call
        let alias = "call \(story.number)"
        if !call.status.isFinal { auditor.fault("G3", "\(alias) is \(call.status) in the end") }
        if story.accepted.count > 1 { auditor.fault("G3", "\(story.accepted.count) cancels of \(alias) were accepted") }
        if !story.accepted.isEmpty, call.status != .cancelled {
            auditor.fault("G3", "\(alias) was cancelled and is \(call.status)")
        }
        if call.status == .cancelled, story.accepted.isEmpty, story.unanswered == 0 {
            auditor.fault("G3", "\(alias) is cancelled, and no cancel was accepted")
        }
        if plan.isCalm, let worst = silences(of: story).max(), worst > Self.silentWithin {
            auditor.fault("G1", "the phone of \(alias) was heard for \(worst) ms after its cancel, in calm weather")
        }
    }

    /// In calm weather, from the cancel or the phone's join, whichever is later.
    static let silentWithin: Int64 = 300

    var silences: [Int64] { site.auditor.calls.values.flatMap(silences(of:)) }

    /// From the accepted cancel (or the phone's join, where that came later) until the phone heard its end.
    private func silences(of story: Auditor.CallStory) -> [Int64] {
        guard let asked = story.accepted.first else { return [] }
        let rooms = story.call.attempts.map(\.room.rawValue)
        return rooms.flatMap { site.phones.view.legs.find(room: $0) }.compactMap { leg in
            guard !site.auditor.isExempt(leg), let joined = leg.joinedAt, leg.ringingAt != nil || leg.answeredAt != nil,
                let end = leg.byeAt ?? leg.cancelAt, end > asked
            else { return nil }
            return end - max(asked, joined)
        }
    }
}
