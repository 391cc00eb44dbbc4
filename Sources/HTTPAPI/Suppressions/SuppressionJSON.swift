import CallControl
import CallCore

extension JSONWriter {
    /// The members of one suppression.
    mutating func suppression(_ suppression: SuppressedNumber) {
        string("id", suppression.id.rawValue)
        string("phoneNumber", suppression.number.e164)
        string("reason", suppression.reason)
        moment("createdAt", suppression.at)
        string("createdBy", suppression.key.rawValue)
    }

    /// The members of what a request to suppress numbers came to, with how far the calls to them are ended.
    mutating func suppressed(_ suppressed: Suppressed) {
        let created = suppressed.rows.count(where: \.isNew)
        number("total", suppressed.rows.count)
        number("created", created)
        number("existed", suppressed.rows.count - created)
        array("suppressions", suppressed.rows) { writer, row in
            writer.object { writer in
                writer.suppression(row.suppression)
                writer.bool("created", row.isNew)
            }
        }
        object("operation") { $0.operation(suppressed.operation) }
    }
}
