import CallControl
import CallCore
import Logging

/// Compares open calls with LiveKit's rooms, both ways: webhooks get lost, so what only they told is found here.
struct Reconciler: Sendable {
    let workshop: Workshop
    let installation: String
    let log: Logger

    /// At start and then at every interval, until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await compare()
            } catch {
                log.warning("the comparison with LiveKit's rooms failed; it is repeated", metadata: ["why": "\(error)"])
            }
            try? await workshop.clock.sleep(until: workshop.clock.now + workshop.policy.reconcileEvery)
        }
    }

    /// One comparison.
    ///
    /// Rooms are listed before calls are read: a room made in between is then in the calls and not an orphan.
    func compare() async throws {
        let rooms = try await workshop.phone.rooms(prefix: RoomName.prefix(of: installation))
        let open = try await workshop.store.openCalls()
        let terminations = try await workshop.store.openTerminations()
        let needed = Set(open.map(\.attempt.room))
        await check(open)
        for room in rooms where !needed.contains(room) && !terminations.contains(room) {
            do {
                // It may have gone since it was listed; only what is still there is an orphan.
                guard try await !workshop.phone.isGone(room) else { continue }
                log.warning("a room that no call needs is terminated", metadata: ["room": "\(room)"])
                try await workshop.store.terminate(room, at: workshop.clock.now)
                workshop.bell.ring()
            } catch {
                log.warning("a room could not be looked at", metadata: ["room": "\(room)", "why": "\(error)"])
            }
        }
    }

    private func check(_ open: [OpenCall]) async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for call in open where !call.dialIsOpen && call.attempt.dial != .planned {
                if running >= 8 {
                    await group.next()
                } else {
                    running += 1
                }
                group.addTask { await check(call) }
            }
        }
    }

    private func check(_ call: OpenCall) async {
        do {
            for event in try await news(of: call) { try await workshop.reports.report(event, from: call.attempt.room) }
        } catch {
            log.warning(
                "a live call could not be compared with its room", metadata: ["call": "\(call.id)", "why": "\(error)"])
        }
    }

    private func news(of call: OpenCall) async throws(PhoneFailure) -> [CallEvent] {
        switch try await workshop.phone.look(call.attempt.room) {
        case .absent: return [.left(Departure(reason: .unknown, wasAnswered: call.status == .active))]
        case .present(.hangup, _): return [.left(Departure(reason: .clientInitiated, wasAnswered: true))]
        case .present(.dialing, let ids): return [.joined(ids)]
        case .present(.ringing, let ids): return [.joined(ids), .ringing]
        case .present(.active, let ids):
            var news: [CallEvent] = call.status == .active ? [.joined(ids)] : [.answered(ids, dialReturned: false)]
            if call.expectsAgent {
                news.append(try await workshop.phone.agentIsPresent(call.attempt.room) ? .agentPresent : .agentLeft)
            }
            return news
        }
    }
}
