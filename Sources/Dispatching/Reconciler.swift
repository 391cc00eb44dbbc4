import CallControl
import CallCore
import Logging

/// Compares open calls with LiveKit's rooms, both ways: webhooks get lost, so what only they told is found here.
struct Reconciler: Sendable {
    let workshop: Workshop
    let installation: String
    let node: String
    let log: Logger

    /// At start and then at every interval, sooner where LiveKit did not answer, until cancelled.
    ///
    /// One node compares for all that share the store; when it is silent, another takes its place.
    func run() async {
        var rounds = ComparisonRounds()
        var next = workshop.clock.now
        while !Task.isCancelled {
            let isOurs = await isOurs()
            if isOurs {
                if next <= workshop.clock.now { next = await compareOnce(&rounds) }
            } else {
                // Who takes over knows nothing of what was told before.
                rounds.nextAfterSilence()
                next = workshop.clock.now
            }
            let soon = workshop.clock.now + workshop.policy.dutyFor / 3
            let wake = workshop.store.isShared ? min(next, soon) : next
            // Whoever stands by has nothing to do before it may ask again.
            try? await workshop.clock.sleep(until: isOurs ? wake : soon)
        }
    }

    private func isOurs() async -> Bool {
        let now = workshop.clock.now
        do {
            return try await workshop.store.take(
                .comparison, by: node, at: now, until: now + workshop.policy.dutyFor)
        } catch {
            log.warning("who compares with LiveKit's rooms is not known", metadata: ["why": "\(error)"])
            return false
        }
    }

    /// Returns when to do it again.
    private func compareOnce(_ rounds: inout ComparisonRounds) async -> Moment {
        var pause = workshop.policy.reconcileEvery
        do {
            let unseen = try await compare(rounds)
            rounds.next(unseen: unseen)
            if !unseen.isEmpty { pause = min(pause, workshop.policy.reconcileAgainAfter) }
        } catch {
            log.warning("the comparison with LiveKit's rooms failed; it is repeated", metadata: ["why": "\(error)"])
            rounds.nextAfterSilence()
            pause = min(pause, workshop.policy.reconcileAgainAfter)
        }
        return workshop.clock.now + pause
    }

    /// One comparison: one question for all rooms, and one for each call that the list does not vouch for.
    ///
    /// Rooms are listed before calls are read: a room made in between is then in the calls and not an orphan. Returns the rooms of
    /// calls that could not be looked at.
    private func compare(_ rounds: ComparisonRounds) async throws -> Set<RoomName> {
        let listed = try await workshop.phone.rooms(prefix: RoomName.prefix(of: installation))
        let open = try await workshop.store.openCalls()
        let terminations = try await workshop.store.openTerminations()
        let counts = Dictionary(listed.map { ($0.name, $0.participants) }) { first, _ in first }
        let unseen = await check(
            open.filter { call in rounds.mustLook(at: call, listed: counts[call.attempt.room]) })
        let needed = Set(open.map(\.attempt.room))
        for room in listed.map(\.name) where !needed.contains(room) && !terminations.contains(room) {
            // It may have gone since it was listed; only what is still there is an orphan.
            guard try await !workshop.phone.isGone(room) else { continue }
            log.warning("a room that no call needs is terminated", metadata: ["room": "\(room)"])
            try await workshop.store.terminate(room, at: workshop.clock.now)
            workshop.bell.ring()
        }
        return unseen
    }

    private func check(_ calls: [OpenCall]) async -> Set<RoomName> {
        await withTaskGroup(of: RoomName?.self) { group in
            var unseen: Set<RoomName> = []
            for (index, call) in calls.enumerated() {
                if index >= 8, let failed = await group.next() ?? nil { unseen.insert(failed) }
                group.addTask { await check(call) ? nil : call.attempt.room }
            }
            for await failed in group { if let failed { unseen.insert(failed) } }
            return unseen
        }
    }

    private func check(_ call: OpenCall) async -> Bool {
        do {
            for event in call.news(in: try await workshop.phone.survey(call.attempt.room)) {
                try await workshop.reports.report(event, from: call.attempt.room)
            }
            return true
        } catch {
            log.warning(
                "a live call could not be compared with its room", metadata: ["call": "\(call.id)", "why": "\(error)"])
            return false
        }
    }
}

extension OpenCall {
    /// What a look at its room tells that the call does not know yet.
    fileprivate func news(in survey: RoomSurvey) -> [CallEvent] {
        switch survey.phone {
        case .absent: return [.left(Departure(reason: .unknown, wasAnswered: status == .active))]
        case .present(.hangup, _): return [.left(Departure(reason: .clientInitiated, wasAnswered: true))]
        case .present(.dialing, let ids): return [.joined(ids)]
        case .present(.ringing, let ids): return [.joined(ids), .ringing]
        case .present(.active, let ids):
            guard status == .active else { return [.answered(ids, dialReturned: false)] }
            var news: [CallEvent] = attempt.livekit.merging(ids) == attempt.livekit ? [] : [.joined(ids)]
            if expectsAgent, survey.agentIsPresent == (attempt.agentGoneSince != nil) {
                news.append(survey.agentIsPresent ? .agentPresent : .agentLeft)
            }
            return news
        }
    }
}
