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
    /// For one look or one hang-up: those who wait for it have little time, and ask again.
    static let shortly: Duration = .seconds(5)

    let client: LiveKitClient

    package init(_ client: LiveKitClient) { self.client = client }

    package func look(_ room: RoomName) async throws(PhoneFailure) -> Sight {
        do throws(LiveKitError) {
            let participant = try await client.getParticipant(
                room: room.rawValue, identity: RoomName.phoneIdentity, timeout: Self.shortly, retries: .never)
            return participant.state == .disconnected ? .absent : .present(participant.leg, participant.ids)
        } catch {
            if error.code == .notFound { return .absent }
            throw PhoneFailure(error)
        }
    }

    package func agentIsPresent(_ room: RoomName) async throws(PhoneFailure) -> Bool {
        do throws(LiveKitError) {
            return try await client.listParticipants(room: room.rawValue, timeout: Self.shortly, retries: .never)
                .contains { $0.kind == .agent && $0.state != .disconnected }
        } catch {
            if error.code == .notFound { return false }
            throw PhoneFailure(error)
        }
    }

    package func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion {
        do throws(LiveKitError) {
            try await client.deleteRoom(room.rawValue, timeout: Self.shortly)
            return .deleted
        } catch {
            switch error {
            case .answered(let answer) where answer.code == .notFound: return .absent
            // The only 500 of a DeleteRoom that repeating does not mend; its text is all that tells it apart.
            case .answered(let answer)
            where answer.code == .unknown && answer.message.contains("could not find object"):
                return .undeletable
            default: throw PhoneFailure(error)
            }
        }
    }

    package func free(_ room: RoomName) async throws(PhoneFailure) {
        do throws(LiveKitError) {
            do throws(LiveKitError) {
                try await client.removeParticipant(
                    room: room.rawValue, identity: RoomName.phoneIdentity, timeout: Self.shortly)
            } catch {
                guard error.code == .notFound else { throw error }
            }
            var request = LKCreateRoomRequest()
            request.name = room.rawValue
            request.emptyTimeout = 1
            _ = try await client.createRoom(request, timeout: Self.shortly, retries: .never)
            do throws(LiveKitError) {
                try await client.deleteRoom(room.rawValue, timeout: Self.shortly)
            } catch {
                guard error.code == .notFound else { throw error }
            }
        } catch {
            throw PhoneFailure(error)
        }
    }

    package func isGone(_ room: RoomName) async throws(PhoneFailure) -> Bool {
        guard try await look(room) == .absent else { return false }
        do throws(LiveKitError) {
            return try await client.listRooms([room.rawValue], timeout: Self.shortly, retries: .never).isEmpty
        } catch {
            throw PhoneFailure(error)
        }
    }

    package func rooms(prefix: String) async throws(PhoneFailure) -> [RoomName] {
        do throws(LiveKitError) {
            return try await client.listRooms().lazy.map(\.name).filter { $0.hasPrefix(prefix) }
                .map(RoomName.init(rawValue:))
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
