import Foundation

/// The fields of an answer as LiveKit writes them in JSON: it leaves no field out, an empty one stands there with its zero.
///
/// SwiftProtobuf leaves empty fields out, so what it wrote is filled up from here.
indirect enum JSONShape: Sendable {
    case text(String)
    case number
    case flag
    case list(JSONShape)
    case map
    /// A message; one that is not set is null.
    case message([String: JSONShape])

    static let string = JSONShape.text("")
    /// 64-bit integers are strings in protobuf's JSON.
    static let long = JSONShape.text("0")

    private var zero: Any {
        switch self {
        case .text(let zero): zero
        case .number: 0
        case .flag: false
        case .list: [Any]()
        case .map: [String: Any]()
        case .message: NSNull()
        }
    }

    private func filled(_ value: Any) -> Any {
        switch self {
        case .text, .number, .flag, .map: return value
        case .list(let element): return (value as? [Any])?.map { element.filled($0) } ?? value
        case .message(let fields):
            guard var message = value as? [String: Any] else { return value }
            for (name, shape) in fields {
                message[name] = message[name].map { shape.filled($0) } ?? shape.zero
            }
            return message
        }
    }

    func fill(_ json: [UInt8]) -> [UInt8] {
        guard let value = try? JSONSerialization.jsonObject(with: Data(json)),
            let data = try? JSONSerialization.data(withJSONObject: filled(value), options: .withoutEscapingSlashes)
        else { return json }
        return Array(data)
    }
}

extension JSONShape {
    static let empty = JSONShape.message([:])

    static let room = JSONShape.message([
        "sid": .string, "name": .string, "empty_timeout": .number, "departure_timeout": .number,
        "max_participants": .number, "creation_time": .long, "creation_time_ms": .long, "turn_password": .string,
        "enabled_codecs": .list(.empty), "metadata": .string, "num_participants": .number, "num_publishers": .number,
        "active_recording": .flag, "version": .empty,
    ])

    static let track = JSONShape.message([
        "sid": .string, "type": .text("AUDIO"), "name": .string, "muted": .flag, "source": .text("UNKNOWN"),
        "mime_type": .string,
    ])

    static let participant = JSONShape.message([
        "sid": .string, "identity": .string, "state": .text("JOINING"), "tracks": .list(track), "metadata": .string,
        "joined_at": .long, "joined_at_ms": .long, "name": .string, "version": .number, "permission": .empty,
        "region": .string, "is_publisher": .flag, "kind": .text("STANDARD"), "attributes": .map,
        "disconnect_reason": .text("UNKNOWN_REASON"), "kind_details": .list(.string),
    ])

    static let job = JSONShape.message([
        "id": .string, "type": .text("JT_ROOM"), "room": room, "participant": participant, "namespace": .string,
        "metadata": .string, "agent_name": .string, "dispatch_id": .string, "deployment": .string, "attributes": .map,
        "state": .message([
            "status": .text("JS_PENDING"), "error": .string, "started_at": .long, "ended_at": .long,
            "updated_at": .long, "participant_identity": .string, "worker_id": .string, "agent_id": .string,
        ]),
    ])

    static let dispatch = JSONShape.message([
        "id": .string, "agent_name": .string, "room": .string, "metadata": .string,
        "restart_policy": .text("JRP_ON_FAILURE"), "deployment": .string, "attributes": .map,
        "state": .message(["jobs": .list(job), "created_at": .long, "deleted_at": .long]),
    ])

    static let call = JSONShape.message([
        "participant_id": .string, "participant_identity": .string, "room_name": .string, "sip_call_id": .string,
    ])

    static let trunk = JSONShape.message([
        "sip_trunk_id": .string, "name": .string, "metadata": .string, "address": .string,
        "transport": .text("SIP_TRANSPORT_AUTO"), "numbers": .list(.string), "auth_username": .string,
        "auth_password": .string, "headers": .map, "headers_to_attributes": .map, "attributes_to_headers": .map,
        "include_headers": .text("SIP_NO_HEADERS"), "destination_country": .string, "from_host": .string,
        "created_at": .empty, "updated_at": .empty,
    ])
}
