import CallControl
import CallCore

extension JSONWriter {
    /// The members of one stop, with how far its drain has come.
    mutating func stop(_ record: StopRecord) {
        let stop = record.stop
        string("id", stop.id.rawValue)
        string("kind", stop.isPause ? "pause" : "stop")
        object("scope") { writer in
            switch stop.scope {
            case .all: writer.bool("all", true)
            case .agent(let agent): writer.string("agentId", agent.rawValue)
            case .batch(let batch): writer.string("batchId", batch.rawValue)
            case .phone(let number): writer.string("phoneNumber", number.e164)
            }
        }
        bool("inForce", stop.release == nil)
        string("live", stop.live.rawValue)
        string("queue", stop.queue.rawValue)
        string("reason", stop.reason)
        moment("createdAt", stop.at)
        string("createdBy", stop.key.rawValue)
        moment("until", stop.until)
        moment("releasedAt", stop.release?.at)
        string("releasedBy", stop.release?.key.rawValue)
        string("releaseReason", stop.release?.reason)
        object("drain") { writer in
            writer.string("operationId", record.drain.id.rawValue)
            writer.progress(record.drain)
        }
    }
}
