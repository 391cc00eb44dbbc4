extension LiveKitClient {
    /// Who is in a room now; nobody, if there is no such room.
    package func listParticipants(
        room: String, timeout: Duration? = nil, retries: RetryPolicy = .standard
    ) async throws(LiveKitError) -> [LKParticipantInfo] {
        var request = LKListParticipantsRequest()
        request.room = room
        let answer: LKListParticipantsResponse = try await call(
            .listParticipants, request, RequestTerms(room: room, timeout: timeout, retries: retries))
        return answer.participants
    }

    /// One participant; `not_found` when the room or the identity is not there.
    package func getParticipant(
        room: String, identity: String, timeout: Duration? = nil, retries: RetryPolicy = .standard
    ) async throws(LiveKitError) -> LKParticipantInfo {
        try await call(
            .getParticipant, Self.participant(room, identity),
            RequestTerms(room: room, timeout: timeout, retries: retries))
    }

    /// Takes one participant out of the room, which hangs up a phone; `not_found` when it is not there.
    ///
    /// Not repeated unless asked to, as `deleteRoom`.
    package func removeParticipant(
        room: String, identity: String, timeout: Duration? = nil, retries: RetryPolicy = .never
    ) async throws(LiveKitError) {
        let _: LKRemoveParticipantResponse = try await call(
            .removeParticipant, Self.participant(room, identity),
            RequestTerms(room: room, timeout: timeout, retries: retries))
    }

    private static func participant(_ room: String, _ identity: String) -> LKRoomParticipantIdentity {
        var request = LKRoomParticipantIdentity()
        request.room = room
        request.identity = identity
        return request
    }
}
