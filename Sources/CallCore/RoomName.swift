/// A LiveKit room of one attempt: `sb-<installation>-<call>-<attempt>`.
///
/// A name is used for one attempt only: LiveKit breaks rooms that are made again under the name of one just deleted.
package struct RoomName: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package var description: String { rawValue }

    package init(installation: String, call: CallID, attempt: Int) {
        rawValue = Self.prefix(of: installation) + "\(call)-\(attempt)"
    }

    /// What every room of one installation begins with; rooms without it belong to others and are never touched.
    package static func prefix(of installation: String) -> String { "sb-\(installation)-" }

    /// The call and the attempt that the name speaks of, or nil for a room of another installation or application.
    package func call(installation: String) -> (CallID, attempt: Int)? {
        let prefix = Self.prefix(of: installation)
        guard rawValue.hasPrefix(prefix) else { return nil }
        let rest = rawValue.dropFirst(prefix.count)
        guard let dash = rest.lastIndex(of: "-"), let attempt = Int(rest[rest.index(after: dash)...]), attempt > 0
        else {
            return nil
        }
        return (CallID(rawValue: String(rest[..<dash])), attempt)
    }

    /// The identity of the phone's participant in this room: one room, one phone.
    package static let phoneIdentity = "phone"
}
