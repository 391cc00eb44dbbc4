/// Something that a webhook tells of: the room and the participant as they were at that moment.
package struct RoomNews: Sendable, Equatable {
    package enum Event: String, Sendable {
        case roomStarted = "room_started"
        case roomFinished = "room_finished"
        case participantJoined = "participant_joined"
        case participantLeft = "participant_left"
        case participantConnectionAborted = "participant_connection_aborted"
        case trackPublished = "track_published"
        case trackUnpublished = "track_unpublished"
    }

    package let id: String
    package let event: Event
    package let room: NetworkRoom
    package let participant: Participant?
    /// Milliseconds since 1970.
    package let at: Int64
}
