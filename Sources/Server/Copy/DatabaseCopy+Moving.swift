#if PostgreSQL
    import CallControl
    import CallCore
    import Crypto
    import PostgresStore
    import SQLiteStore
    import StoredRows

    extension DatabaseCopy {
        /// Rows go over in blocks of about so many bytes.
        private static let block = 1 << 20

        func move(restart: Bool, _ show: (Progress) -> Void) throws -> [Comparison] {
            let source = try at(names.from) { try CopySource(path) }
            let target = try at(names.to) {
                let migrator = try Migrator(url)
                switch try migrator.standing() {
                case .empty: _ = try PostgresAddress.migrate(migrator)
                case .current, .unfinishedCopy: break
                case .behind, .ahead:
                    throw StoreFailure.unavailable(
                        "its tables are of another version: a copy goes into an empty database")
                }
                return try CopyTarget(url)
            }
            return try source.read { snapshot in
                let tables = try snapshot.tables()
                try at(names.to) { try target.begin(tables, token: token, restart: restart) }
                let total = tables.reduce(0) { $0 + $1.rows }
                var sums: [Sum] = []
                var done = 0
                for table in tables {
                    sums.append(
                        try copy(table, from: snapshot, to: target) { rows in
                            show(Progress(stage: .copying, table: table.name, done: done + rows, total: total))
                        })
                    done += table.rows
                }
                try at(names.to) { try target.complete() }
                done = 0
                var comparisons: [Comparison] = []
                for (table, sum) in zip(tables, sums) {
                    let other = try read(table, of: target) { rows in
                        show(Progress(stage: .comparing, table: table.name, done: done + rows, total: total))
                    }
                    done += table.rows
                    comparisons.append(Comparison(table: table.name, source: sum, target: other))
                }
                return comparisons
            }
        }

        private func copy(
            _ table: StoredTable, from source: CopySnapshot, to target: CopyTarget, _ show: (Int) -> Void
        ) throws -> Sum {
            var text = target.text(for: table)
            var digest = SHA256()
            var rows = 0
            func send() throws {
                guard !text.bytes.isEmpty else { return }
                digest.update(data: text.bytes)
                var block = text.bytes
                carry(&block)
                try at(names.to) { try target.write(block, to: table) }
                text.removeAll()
                show(rows)
            }
            try source.each(of: table) { row in
                text.append(row)
                rows += 1
                if text.bytes.count >= Self.block { try send() }
            }
            try send()
            return Sum(rows: rows, checksum: Array(digest.finalize()).hex)
        }

        private func read(_ table: StoredTable, of target: CopyTarget, _ show: (Int) -> Void) throws -> Sum {
            var digest = SHA256()
            var rows = 0
            try at(names.to) {
                try target.each(of: table) { row in
                    digest.update(bufferPointer: row)
                    rows += 1
                    if rows.isMultiple(of: 10_000) { show(rows) }
                }
            }
            if rows > 0 { show(rows) }
            return Sum(rows: rows, checksum: Array(digest.finalize()).hex)
        }

        /// The chains as the other side tells them.
        func brokenLogs() async throws(Refusal) -> [String] {
            let desk = AuditDesk(audit: Audit(store: PostgresStore(url)))
            do {
                return try await desk.verify(organization: nil, expected: []).logs.compactMap { log in
                    log.fault.map { "\(log.organization): \($0)" }
                }
            } catch {
                throw Refusal(description: "\(names.to): \(error)")
            }
        }

        /// From now on servers start on the target.
        func finish() throws(Refusal) { try at(names.to) { try CopyTarget(url).finish(token: token) } }
    }
#else
    extension DatabaseCopy {
        func move(restart: Bool, _ show: (Progress) -> Void) throws -> [Comparison] { throw missing }
        func brokenLogs() async throws(Refusal) -> [String] { throw missing }
        func finish() throws(Refusal) { throw missing }

        private var missing: Refusal { Refusal(description: "\(names.to): \(PostgresAddress.missing)") }
    }
#endif
