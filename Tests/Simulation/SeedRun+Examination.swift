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
        if let verified = story.firstVerifiedAt, !auditor.isLate(leg) {
            let times = [leg.joinedAt, leg.inviteAt, leg.ringingAt, leg.answeredAt].compactMap { $0 }
            if let late = times.first(where: { $0 > verified }) {
                auditor.fault("G1", "the phone of \(alias) stirs \(late - verified) ms after it was verified silent")
            }
        }
        examineLength(leg, story)
        examineLateness(leg)
    }

    /// A phone that rings for a call that is long over is hung up at its first sign of life, not at the next comparison.
    private func examineLateness(_ leg: Leg) {
        guard plan.isCalm, site.auditor.isLate(leg), let joined = leg.joinedAt, let end = leg.byeAt ?? leg.cancelAt,
            let story = site.auditor.rooms[leg.dial.roomName], let verified = story.firstVerifiedAt, joined > verified
        else { return }
        guard end - joined > Self.silentWithin else { return }
        site.auditor.fault(
            "G2", "the late phone of \(site.auditor.alias(leg.dial.roomName)) is up for \(end - joined) ms")
    }

    /// Whoever talks and was not cancelled is not cut off.
    private func examineLength(_ leg: Leg, _ story: Auditor.RoomStory) {
        guard let answered = leg.answeredAt, let bye = leg.byeAt, leg.cancelAt == nil, !story.wasDeletedByOthers,
            let (id, _) = RoomName(rawValue: leg.dial.roomName).call(installation: Auditor.installation),
            let call = site.auditor.calls[id]?.call, call.status != .cancelled, call.outcome != "agent_left",
            !site.auditor.isLate(leg),
            // A cancel that could not be written down hangs up all the same.
            site.auditor.calls[id]?.unanswered == 0
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
        if call.status == .cancelled, story.accepted.isEmpty, story.unanswered == 0, !auditor.bulkCancels {
            auditor.fault("G3", "\(alias) is cancelled, and no cancel was accepted")
        }
        examineAttempts(of: story, alias)
        if plan.isCalm, let worst = silences(of: story).max(), worst > Self.silentWithin {
            auditor.fault("G1", "the phone of \(alias) was heard for \(worst) ms after its cancel, in calm weather")
        }
    }

    /// As many attempts as the plan allows and no more, and none where somebody has spoken or may have.
    private func examineAttempts(of story: Auditor.CallStory, _ alias: String) {
        let auditor = site.auditor
        let call = story.call
        let counted = call.attempts.filter { $0.status != .cancelled }
        let most = 1 + (story.retries?.maxRetries ?? 0)
        if counted.count > most { auditor.fault("G4", "\(alias) has \(counted.count) attempts, \(most) may be") }
        for attempt in call.attempts.dropLast() {
            let legs = site.phones.view.legs.find(room: attempt.room.rawValue)
            guard let leg = legs.first(where: { $0.answeredAt != nil }), !auditor.isExempt(leg), !auditor.isLate(leg),
                leg.script.onCancel == .obeys
            else { continue }
            auditor.fault("G4", "\(alias) was answered in attempt \(attempt.number), and dialled again")
        }
        guard plan.isCalm, let retries = call.retries, case .after = retries.times, let last = counted.last else {
            return
        }
        // Nothing went wrong: where the call ended with its attempt, there is no excuse for fewer.
        guard case .ended(let ending) = call.phase, ending.at == last.endedAt, !auditor.bulkCancels else { return }
        if retries.covers(last.status, last.failureReason), counted.count < most {
            auditor.fault("retries", "\(alias) is \(call.status) after \(counted.count) attempts of \(most)")
        }
    }

    /// A termination that takes too long says so.
    func examineAlarm(of room: RoomName) {
        guard let (id, _) = room.call(installation: Auditor.installation) else { return }
        Task(executorPreference: NodeExecutor(scheduler)) { [site, scheduler] in
            let record = try? await site.storage.own.call(id, at: Moment(milliseconds: scheduler.now))
            guard let record, record.call.attempts.last?.room == room else { return }
            if record.termination?.state != .stuck {
                site.auditor.fault(
                    "G6", "\(site.auditor.alias(room.rawValue)) is not verified for long, and nothing says so")
            }
        }
    }

    /// What the store says in the end is what was seen on the way, and nothing is left to do.
    func examineStore() async {
        let auditor = site.auditor
        let store = site.storage.own
        let now = Moment(milliseconds: scheduler.now)
        do {
            for story in auditor.calls.values.sorted(by: { $0.number < $1.number }) {
                let record = try await store.call(story.call.id, at: now)
                guard let record, record.call.phase == story.call.phase, record.call.attempts == story.call.attempts
                else {
                    auditor.fault("G5", "call \(story.number) is not in the store as it was last seen")
                    continue
                }
            }
            for room in try await store.openTerminations() {
                auditor.fault("G6", "\(auditor.alias(room.rawValue)) is open in the store")
            }
            let wakes = try await store.nextWakes()
            if wakes.dial != nil || wakes.termination != nil || wakes.call != nil {
                auditor.fault("G6", "there is something to do in the end: \(wakes)")
            }
            if try await !store.openWindowChanges().isEmpty {
                auditor.fault("window", "calls are still to be looked at in the end")
            }
            let open = try await store.openOperations().count
            if open > 0 { auditor.fault("G6", "\(open) operations are not done in the end") }
        } catch {
            auditor.fault("G5", "the store cannot be read: \(error)")
        }
    }

    /// In calm weather, from the cancel or the phone's join, whichever is later.
    static let silentWithin: Int64 = 300

    /// From the accepted cancel (or the phone's join, where that came later) until the phone heard its end.
    func silences(of story: Auditor.CallStory) -> [Int64] {
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
