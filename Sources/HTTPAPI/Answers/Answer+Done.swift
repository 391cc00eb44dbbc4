import CallControl
import CallCore
import HTTPTypes
import NIOCore

extension Answer {
    /// What is answered when a change was made: the same bytes, whether they are sent now or kept for a repetition.
    init(_ status: HTTPResponse.Status, _ done: Done, message: String) {
        self.init(status, message: message, capacity: 2048) { $0.done(done) }
    }

    /// As the store keeps it.
    var stored: StoredAnswer { StoredAnswer(status: status.code, body: Array(body.readableBytesView)) }
}

extension JSONWriter {
    /// The members of what a request came to.
    mutating func done(_ done: Done) {
        switch done {
        case .scheduled(let record): call(record, room: nil)
        case .batch(let batch): results(of: batch)
        case .cancelled(let call):
            string("id", call.id.rawValue)
            string("status", call.status.rawValue)
        case .agent(let agent): self.agent(agent)
        case .organization(let organization): self.organization(organization)
        case .key(let key): self.key(key)
        case .stop(let record): stop(record)
        case .operation(let record): operation(record)
        case .suppressed(let suppressed): self.suppressed(suppressed)
        case .lifted(let suppression): self.suppression(suppression)
        }
    }
}
