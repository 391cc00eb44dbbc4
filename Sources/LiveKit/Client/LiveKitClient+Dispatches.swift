extension LiveKitClient {
    /// Asks for an agent in a room; makes the room where the server does that by itself.
    ///
    /// Never repeated: each one brings an agent. It succeeds also when no worker has that name; then no agent ever
    /// comes.
    package func createDispatch(
        _ request: LKCreateAgentDispatchRequest, timeout: Duration? = nil
    ) async throws(LiveKitError) -> LKAgentDispatch {
        try await call(.createDispatch, request, RequestTerms(room: request.room, timeout: timeout))
    }

    /// The dispatches of a room; `unavailable`, after three seconds, when there is no such room.
    package func listDispatch(
        room: String, timeout: Duration? = nil, retries: RetryPolicy = .standard
    ) async throws(LiveKitError) -> [LKAgentDispatch] {
        var request = LKListAgentDispatchRequest()
        request.room = room
        let answer: LKListAgentDispatchResponse = try await call(
            .listDispatch, request, RequestTerms(room: room, timeout: timeout, retries: retries))
        return answer.agentDispatches
    }

    /// Takes a dispatch back, and its agents out of the room.
    package func deleteDispatch(
        id: String, room: String, timeout: Duration? = nil
    ) async throws(LiveKitError) -> LKAgentDispatch {
        var request = LKDeleteAgentDispatchRequest()
        request.dispatchID = id
        request.room = room
        return try await call(.deleteDispatch, request, RequestTerms(room: room, timeout: timeout))
    }
}
