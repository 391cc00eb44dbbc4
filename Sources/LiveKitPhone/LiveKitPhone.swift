package import CallControl
package import CallCore
package import LiveKit

/// Our words for phones, said in LiveKit's.
///
/// Nothing here knows whether the other side is LiveKit or the sandbox.
package struct LiveKitPhone: Phone {
    /// A room that nobody joined goes away by itself after this, should everything else fail.
    ///
    /// In seconds.
    static let emptyTimeout: UInt32 = 60
    /// A room that its phone left goes away by itself after this.
    ///
    /// In seconds.
    static let departureTimeout: UInt32 = 10
    /// For one look: those who wait for it have little time, and ask again.
    static let shortly: Duration = .seconds(5)
    /// For what changes something: LiveKit's own servers may need this long to find one another.
    static let patiently: Duration = .seconds(10)

    let client: LiveKitClient

    package init(_ client: LiveKitClient) { self.client = client }

    package func look(_ room: RoomName) async throws(PhoneFailure) -> Sight {
        do throws(LiveKitError) {
            return try await client.persistently(limit: Self.shortly) {
                [client] (timeout) async throws(LiveKitError) in
                try await client.getParticipant(
                    room: room.rawValue, identity: RoomName.phoneIdentity, timeout: timeout, retries: .never)
            }.sight
        } catch {
            if error.code == .notFound { return .absent }
            throw PhoneFailure(error)
        }
    }

    package func survey(_ room: RoomName) async throws(PhoneFailure) -> RoomSurvey {
        do throws(LiveKitError) {
            let all = try await client.persistently(limit: Self.shortly) {
                [client] (timeout) async throws(LiveKitError) in
                try await client.listParticipants(room: room.rawValue, timeout: timeout, retries: .never)
            }
            return RoomSurvey(
                phone: all.first { $0.identity == RoomName.phoneIdentity }?.sight ?? .absent,
                agentIsPresent: all.contains { $0.kind == .agent && $0.state != .disconnected })
        } catch {
            if error.code == .notFound { return RoomSurvey(phone: .absent, agentIsPresent: false) }
            throw PhoneFailure(error)
        }
    }

    package func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool {
        guard try await look(room) == .absent else { return false }
        do throws(LiveKitError) {
            return try await client.persistently(limit: Self.shortly) {
                [client] (timeout) async throws(LiveKitError) in
                try await client.listRooms([room.rawValue], timeout: timeout, retries: .never)
            }.isEmpty
        } catch {
            throw PhoneFailure(error)
        }
    }

    package func rooms(prefix: String) async throws(PhoneFailure) -> [ListedRoom] {
        do throws(LiveKitError) {
            return try await client.persistently(limit: Self.patiently) {
                [client] (timeout) async throws(LiveKitError) in
                try await client.listRooms(timeout: timeout, retries: .never)
            }.lazy.filter { $0.name.hasPrefix(prefix) }
                .map { ListedRoom(name: RoomName(rawValue: $0.name), participants: Int($0.numParticipants)) }
        } catch {
            throw PhoneFailure(error)
        }
    }

    package func status(of room: RoomName) async throws(PhoneFailure) -> LiveRoomStatus {
        do throws(LiveKitError) {
            let participants = try await client.listParticipants(
                room: room.rawValue, timeout: Self.shortly, retries: .never)
            // A missing room has no participants either; only an empty answer needs the second question.
            let exists: Bool
            if participants.isEmpty {
                exists = try await !client.listRooms([room.rawValue], timeout: Self.shortly, retries: .never).isEmpty
            } else {
                exists = true
            }
            return LiveRoomStatus(roomExists: exists, participants: participants.map(\.shown))
        } catch {
            throw PhoneFailure(error)
        }
    }
}
