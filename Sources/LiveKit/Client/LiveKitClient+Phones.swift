extension LiveKitClient {
    /// How much longer we wait for a dial's answer than the server works on it.
    package static let dialMargin: Duration = .seconds(2)

    /// Dials a phone into a room.
    ///
    /// With `waitUntilAnswered` the answer comes when the phone was picked up, or an error when it was not. Never
    /// repeated. Unless the error is `certainlyNotSent`, or an answer of LiveKit's, the phone may be ringing: neither a
    /// timeout nor a lost connection stops it, only the server's own deadline.
    ///
    /// - Parameter serverDeadline: after this the server itself gives up and cancels the INVITE. In whole milliseconds.
    /// - Parameter leaving: asked when there is a connection, right before the request goes out; false: it stays.
    package func createSIPParticipant(
        _ request: LKCreateSIPParticipantRequest, serverDeadline: Duration,
        leaving: @escaping @Sendable () -> Bool = { true }
    ) async throws(LiveKitError) -> LKSIPParticipantInfo {
        try await call(
            .createSIPParticipant, request,
            RequestTerms(
                timeout: serverDeadline + Self.dialMargin, serverDeadline: serverDeadline, leaving: leaving))
    }

    /// Outbound trunks: of these ids in their order, an empty one for an unknown id; or the first page of all, for
    /// none.
    package func listSIPOutboundTrunk(
        ids: [String] = [], timeout: Duration? = nil, retries: RetryPolicy = .standard
    ) async throws(LiveKitError) -> [LKSIPOutboundTrunkInfo] {
        var request = LKListSIPOutboundTrunkRequest()
        request.trunkIds = ids
        let answer: LKListSIPOutboundTrunkResponse = try await call(
            .listSIPOutboundTrunk, request, RequestTerms(timeout: timeout, retries: retries))
        return answer.items
    }
}
