package import CallControl
import CallCore
package import NIOCore

extension FinishedCall {
    /// One line of JSON, with the line's end: its organization, all that `GET /calls/{id}` tells of it, and its events.
    package var line: ByteBuffer {
        var line = JSONWriter.object(capacity: 2048) { writer in
            writer.string("organizationId", record.call.organization.rawValue)
            writer.call(record, room: nil)
            writer.events(events)
        }
        line.writeStaticString("\n")
        return line
    }
}
