import CPostgres

/// PostgreSQL's COPY, which has no place in a pipeline: these leave it for as long as they last, and block.
extension Connection {
    /// Sends rows in COPY's text format; all of them are there afterwards, or none.
    func copyIn(_ sql: String, _ text: [UInt8]) throws(StatementFailure) {
        try withoutPipeline { () throws(StatementFailure) in
            try start(sql, PGRES_COPY_IN)
            let sent = text.withUnsafeBytes { bytes in
                PQputCopyData(raw, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
            }
            guard sent == 1, PQputCopyEnd(raw, nil) == 1 else { throw .lost(message) }
            try end()
        }
    }

    /// Receives rows in COPY's text format, one after the other.
    func copyOut(_ sql: String, _ body: (UnsafeRawBufferPointer) -> Void) throws(StatementFailure) {
        try withoutPipeline { () throws(StatementFailure) in
            try start(sql, PGRES_COPY_OUT)
            while true {
                var row: UnsafeMutablePointer<CChar>?
                let length = PQgetCopyData(raw, &row, 0)
                guard length > 0, let row else { break }
                body(UnsafeRawBufferPointer(start: row, count: Int(length)))
                PQfreemem(row)
            }
            try end()
        }
    }

    private func withoutPipeline(_ body: () throws(StatementFailure) -> Void) throws(StatementFailure) {
        guard PQexitPipelineMode(raw) == 1, PQsetnonblocking(raw, 0) == 0 else { throw .lost(message) }
        let outcome = Result { () throws(StatementFailure) in try body() }
        guard PQsetnonblocking(raw, 1) == 0, PQenterPipelineMode(raw) == 1 else { throw .lost(message) }
        try outcome.get()
    }

    private func start(_ sql: String, _ wanted: ExecStatusType) throws(StatementFailure) {
        guard let result = PQexec(raw, sql) else { throw .lost(message) }
        defer { PQclear(result) }
        guard PQresultStatus(result) == wanted else { throw StatementFailure(result) }
    }

    private func end() throws(StatementFailure) {
        var failure: StatementFailure?
        while let result = PQgetResult(raw) {
            if failure == nil, PQresultStatus(result) != PGRES_COMMAND_OK { failure = StatementFailure(result) }
            PQclear(result)
        }
        if let failure { throw failure }
    }
}
