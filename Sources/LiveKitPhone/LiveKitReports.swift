package import CallControl
import CallCore
package import LiveKit
package import Logging
import NIOConcurrencyHelpers

/// LiveKit's webhooks, turned into news of calls.
package final class LiveKitReports: PhoneReports {
    private let verifier: WebhookVerifier
    private let reports: CallReports
    private let log: Logger
    private let seen = NIOLockedValueBox(RecentIDs(capacity: 10_000))

    package init(verifier: WebhookVerifier, reports: CallReports, log: Logger) {
        self.verifier = verifier
        self.reports = reports
        self.log = log
    }

    package func receive(body: [UInt8], authorization: String?) async throws(ReportRefusal) {
        let event: LKWebhookEvent
        do throws(WebhookRefusal) {
            event = try await verifier.verify(body: body, authorization: authorization)
        } catch {
            switch error {
            case .malformedEvent: throw .malformed("\(error)")
            default: throw .unauthenticated("\(error)")
            }
        }
        try await take(event)
    }

    /// Acts on an event that is known to be LiveKit's.
    package func take(_ event: LKWebhookEvent) async throws(ReportRefusal) {
        // LiveKit sends again what it did not see acknowledged; what is seen twice would do no harm, only cost.
        if !event.id.isEmpty, seen.withLockedValue({ $0.contains(event.id) }) { return }
        for news in event.news {
            do throws(StoreFailure) {
                try await reports.report(news, from: RoomName(rawValue: event.room.name))
            } catch {
                log.warning(
                    "a webhook could not be taken in; LiveKit will send it again", metadata: ["why": "\(error)"])
                throw .unavailable
            }
        }
        if !event.id.isEmpty { seen.withLockedValue { $0.insert(event.id) } }
    }
}

extension LKWebhookEvent {
    /// What the event means for the call of its room; nothing, for most.
    ///
    /// Only its participant tells of a phone. A room that is finished, or a join that was broken off, tells of none: the dial may still
    /// be on its way and make the room anew, and late news may be of a room that had the same name before. Whether a phone is there
    /// is then seen by whoever looks: the dial's follower, or the comparison.
    var news: [CallEvent] {
        let isPhone = participant.kind == .sip && participant.identity == RoomName.phoneIdentity
        switch event {
        case "room_started":
            return [.joined(LiveKitIDs(room: room.sid.isEmpty ? nil : room.sid))]
        case "participant_joined":
            if isPhone { return [.joined(participant.ids)] }
            return participant.kind == .agent ? [.agentPresent] : []
        case "participant_left":
            if isPhone { return [.left(participant.departure)] }
            return participant.kind == .agent ? [.agentLeft] : []
        case "participant_connection_aborted":
            return participant.kind == .agent ? [.agentLeft] : []
        default: return []
        }
    }
}

/// The newest ids that were taken in; a replayed one older than these is harmless, because rules take news twice.
private struct RecentIDs {
    private var ids: Set<String> = []
    private var order: [String] = []
    private var next = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    func contains(_ id: String) -> Bool { ids.contains(id) }

    mutating func insert(_ id: String) {
        guard ids.insert(id).inserted else { return }
        if order.count < capacity {
            order.append(id)
        } else {
            ids.remove(order[next])
            order[next] = id
            next = (next + 1) % capacity
        }
    }
}
