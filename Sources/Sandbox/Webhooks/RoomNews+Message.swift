package import LiveKit
import SwiftProtobuf

extension RoomNews {
    /// The event as it is posted.
    package var message: LKWebhookEvent {
        var message = LKWebhookEvent()
        message.event = event.rawValue
        message.id = id
        message.createdAt = at / 1_000
        message.room = room.message
        message.room.numParticipants = UInt32(room.count)
        guard let participant else { return message }
        switch event {
        case .trackPublished, .trackUnpublished:
            message.participant.sid = participant.sid
            message.participant.identity = participant.identity
            message.track = participant.track
        case .roomStarted, .roomFinished, .participantJoined, .participantLeft, .participantConnectionAborted:
            message.participant = participant.message
        }
        return message
    }
}
