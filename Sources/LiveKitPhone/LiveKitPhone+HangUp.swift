package import CallControl
package import CallCore
import LiveKit

extension LiveKitPhone {
    package func deleteRoom(_ room: RoomName) async throws(PhoneFailure) -> Deletion {
        do throws(LiveKitError) {
            try await client.deleteRoom(room.rawValue, timeout: Self.patiently)
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

    package func removePhone(_ room: RoomName) async throws(PhoneFailure) -> Bool {
        do throws(LiveKitError) {
            try await client.removeParticipant(
                room: room.rawValue, identity: RoomName.phoneIdentity, timeout: Self.shortly)
            return true
        } catch {
            if error.code == .notFound { return false }
            throw PhoneFailure(error)
        }
    }

    package func remakeAndDelete(_ room: RoomName) async throws(PhoneFailure) {
        do throws(LiveKitError) {
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
}
