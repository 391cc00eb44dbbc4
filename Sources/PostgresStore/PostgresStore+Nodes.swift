package import CallControl
package import CallCore
import StoredRows

extension PostgresStore: NodeRegister {
    package func join(_ joining: Joining, at now: Moment) async throws(StoreFailure) -> Joined {
        try await write(.lease) { db in
            // Of two that join, the second one sees the first.
            _ = try await db.change("SELECT 1 FROM installation FOR UPDATE")
            let found = try await db.installation()
            let others = try await db.number(
                "SELECT count(*) FROM nodes WHERE until > $1 AND id <> $2", [now, joining.node])
            let isElsewhere = found.livekitAddress != joining.livekitAddress
            if let old = found.livekitAddress {
                if others != 0, isElsewhere || !joining.othersReachIt { return .othersAreAt(old) }
                if isElsewhere, found.openWork > 0, !joining.adopts { return .openWork(found.openWork, at: old) }
            }
            db.write("UPDATE installation SET livekit = $1", [joining.livekitAddress])
            return .served(try await db.announce(joining.node, at: now, until: joining.until))
        }
    }

    package func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Roll {
        try await write(.lease) { try await $0.announce(node, at: now, until: until) }
    }
}

extension Transaction {
    fileprivate func announce(_ node: String, at now: Moment, until: Moment) async throws -> Roll {
        write(
            "INSERT INTO nodes (id, until) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET until = $2", [node, until])
        // Nobody waits for a row that another one tidies away just now.
        write(
            """
            DELETE FROM nodes WHERE id IN (SELECT id FROM nodes WHERE until <= $1 ORDER BY id \
            FOR UPDATE SKIP LOCKED)
            """, [now])
        let seen = try await all([
            Statement("SELECT count(*) FROM nodes WHERE until > $1", [now]),
            Statement("SELECT livekit FROM installation"),
        ])
        return Roll(
            nodes: max(1, Int(seen[0].first?.number(0) ?? 1)), livekitAddress: seen[1].first?.optionalText(0))
    }
}
