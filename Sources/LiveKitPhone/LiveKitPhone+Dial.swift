package import CallControl
package import CallCore
import Foundation
import LiveKit
import SwiftProtobuf

extension LiveKitPhone {
    package func prepare(_ order: DialOrder, mayBeRepeated: Bool) async throws(PhoneFailure) -> LiveKitIDs {
        do throws(LiveKitError) {
            var request = LKCreateRoomRequest()
            request.name = order.room.rawValue
            request.emptyTimeout = Self.emptyTimeout
            request.departureTimeout = Self.departureTimeout
            let create = request
            let room = try await client.persistently(limit: Self.patiently) {
                [client] (timeout) async throws(LiveKitError) in
                try await client.createRoom(create, timeout: timeout, retries: .never)
            }
            var ids = LiveKitIDs(room: room.sid)
            guard let agentName = order.agentName else { return ids }
            // A dispatch is never sent twice: after a time-out or a crash LiveKit is asked whether it has it already.
            if mayBeRepeated,
                let dispatch = try await client.listDispatch(room: order.room.rawValue, retries: .never).first(where: {
                    $0.agentName == agentName
                })
            {
                ids.dispatch = dispatch.id
                return ids
            }
            var dispatch = LKCreateAgentDispatchRequest()
            dispatch.agentName = agentName
            dispatch.room = order.room.rawValue
            dispatch.metadata = DispatchMetadata(order).json
            ids.dispatch = try await client.createDispatch(dispatch).id
            return ids
        } catch {
            throw PhoneFailure(error)
        }
    }

    package func dial(_ order: DialOrder, leaving: @escaping @Sendable () -> Bool) async -> DialReturn {
        var request = LKCreateSIPParticipantRequest()
        request.sipTrunkID = order.trunkID
        request.sipCallTo = order.call.contact.phone.e164
        request.roomName = order.room.rawValue
        request.participantIdentity = RoomName.phoneIdentity
        if let name = order.call.contact.name { request.participantName = name }
        if let callerID = order.call.callerID { request.sipNumber = callerID.e164 }
        request.ringingTimeout = .init(rounding: order.ringingTimeout)
        request.maxCallDuration = .init(rounding: order.maxCallDuration)
        request.waitUntilAnswered = true
        do throws(LiveKitError) {
            let info = try await client.createSIPParticipant(
                request, serverDeadline: order.serverTimeout, leaving: leaving)
            return .answered(LiveKitIDs(participant: info.participantID, sipCall: info.sipCallID))
        } catch {
            return DialReturn(error)
        }
    }
}

extension DialReturn {
    /// Reads how LiveKit says that a dial came to nothing.
    ///
    /// With a SIP status, that decides. Without one, only answers that the SIP side itself gives are an end; what LiveKit or
    /// something before it says when the SIP side did not answer leaves open whether a phone rings.
    init(_ error: LiveKitError) {
        if case .answered(let answer) = error {
            if let sip = answer.sipStatusCode {
                self = .failed(.answered(sip: sip))
                return
            }
            switch answer.code {
            case .canceled, .deadlineExceeded: self = .failed(.notAnswered)
            case .unavailable, .unknown, .other, .dataLoss: self = .unknown("\(error)")
            case .failedPrecondition, .aborted: self = .failed(DialFailure(status: .failed, reason: .trunkFailed))
            // A limit of LiveKit's own, which says nothing of the callee: a busy one has a SIP status.
            case .resourceExhausted: self = .failed(.internal)
            // No such trunk, a token that is refused, a request that LiveKit does not take: ours to mend, nobody's phone.
            case .internal, .permissionDenied, .notFound, .invalidArgument, .malformed, .badRoute, .alreadyExists,
                .unauthenticated,
                .outOfRange, .unimplemented:
                self = .failed(.internal)
            }
            return
        }
        switch error {
        case .unreachable: self = .failed(.internal)
        // LiveKit's own refusal of a token stands before everything else it does.
        case .refused(let status, _) where status == 401: self = .failed(.internal)
        case .answered, .refused, .interrupted, .malformed: self = .unknown("\(error)")
        }
    }
}

/// What the voice agent is told of its call, as the JSON of its dispatch.
private struct DispatchMetadata {
    let json: String

    init(_ order: DialOrder) {
        let call = order.call
        let fields: [(String, String)] = [
            ("callId", Self.quoted(call.id.rawValue)), ("attempt", "\(order.attempt)"),
            ("roomName", Self.quoted(order.room.rawValue)),
            ("participantIdentity", Self.quoted(RoomName.phoneIdentity)),
            ("phoneNumber", Self.quoted(call.contact.phone.e164)),
            ("callerId", call.callerID.map { Self.quoted($0.e164) } ?? "null"),
            ("metadata", call.metadata ?? "null"), ("callMetadata", call.callMetadata ?? "null"),
        ]
        json = "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    // Ids, room names and numbers: none holds a character that JSON must escape.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
