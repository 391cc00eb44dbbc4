extension LiveKitClient {
    /// Makes a room, or returns the one of that name unchanged: metadata, timeouts and agents are then ignored.
    package func createRoom(
        _ request: LKCreateRoomRequest, timeout: Duration? = nil, retries: RetryPolicy = .standard
    ) async throws(LiveKitError) -> LKRoom {
        try await call(.createRoom, request, RequestTerms(timeout: timeout, retries: retries))
    }

    /// The rooms of these names, or all for none.
    ///
    /// Unknown names are left out; counts are up to five seconds old.
    package func listRooms(
        _ names: [String] = [], timeout: Duration? = nil, retries: RetryPolicy = .standard
    ) async throws(LiveKitError) -> [LKRoom] {
        var request = LKListRoomsRequest()
        request.names = names
        let answer: LKListRoomsResponse = try await call(
            .listRooms, request, RequestTerms(timeout: timeout, retries: retries, limit: Self.listLimit))
        return answer.rooms
    }

    /// Ends a room for all who are in it; `not_found` when there is none.
    ///
    /// Not repeated unless asked to: whoever hangs up has a schedule of their own. Never send it while a dial into the
    /// room is under way, or the phone rings on in a room that comes back.
    package func deleteRoom(
        _ name: String, timeout: Duration? = nil, retries: RetryPolicy = .never
    ) async throws(LiveKitError) {
        var request = LKDeleteRoomRequest()
        request.room = name
        let _: LKDeleteRoomResponse = try await call(
            .deleteRoom, request, RequestTerms(timeout: timeout, retries: retries))
    }
}
