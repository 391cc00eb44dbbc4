import CallControl
import CallCore

extension JSONWriter {
    /// The members of what became of a request for a batch, row by row; one that was not stored has no id.
    mutating func results(of batch: Batch, areStored: Bool = true) {
        let scheduled = batch.calls.count
        string("batchId", areStored && scheduled > 0 ? batch.id.rawValue : nil)
        number("total", batch.rows.count)
        number("scheduled", scheduled)
        number("failed", batch.rows.count - scheduled)
        array("results", batch.rows.enumerated()) { writer, place in
            writer.object { writer in
                writer.number("index", place.offset)
                switch place.element {
                case .scheduled(let call):
                    writer.string("id", areStored ? call.id.rawValue : nil)
                    writer.string("status", call.status.rawValue)
                case .refused(let refusal):
                    writer.object("error") { writer in
                        writer.string("message", refusal.message)
                        writer.array("details", refusal.faults) { writer, fault in
                            writer.object { writer in
                                writer.string("field", fault.field)
                                writer.string("reason", fault.reason)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The members of one batch in a list.
    mutating func summary(_ batch: BatchSummary, today: BatchRecord.Today? = nil) {
        string("id", batch.id.rawValue)
        string("name", batch.name)
        object("agent") { writer in
            writer.string("id", batch.agent.id.rawValue)
            writer.string("name", batch.agent.name)
        }
        moment("createdAt", batch.createdAt)
        string("createdBy", batch.createdBy.rawValue)
        number("total", batch.total)
        number("scheduled", batch.scheduled)
        number("failed", batch.total - batch.scheduled)
        object("statuses") { writer in
            for status in CallStatus.allCases { writer.number(status.rawValue, batch.statuses[status] ?? 0) }
        }
        number("purged", batch.purged)
        bool("done", batch.isDone)
        breaker(batch.guards.breaker)
        budget(batch.guards.budget, today: today)
    }

    /// The members of one batch.
    mutating func batch(_ record: BatchRecord, eta: Moment?) {
        summary(record.summary, today: record.today)
        moment("firstDialAt", record.firstDialAt)
        moment("lastDialAt", record.lastDialAt)
        moment("eta", eta)
        array("pauses", record.pauses) { writer, pause in
            writer.object { writer in
                writer.string("stopId", pause.id.rawValue)
                writer.string("cause", pause.cause?.rawValue)
                writer.string("reason", pause.reason)
                writer.moment("createdAt", pause.at)
                writer.moment("until", pause.until)
            }
        }
    }
}
