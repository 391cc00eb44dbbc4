package import CallControl
package import CallCore
import GRDB

extension SQLiteStore: NodeRegister {
    package func join(_ joining: Joining, at now: Moment) async throws(StoreFailure) -> Joined {
        try await commits.write { db in
            let found = try Self.installation(db)
            if let old = found.livekitAddress, old != joining.livekitAddress, found.openWork > 0, !joining.adopts {
                return .openWork(found.openWork, at: old)
            }
            try db.run("UPDATE installation SET livekit = ?", [joining.livekitAddress])
            return .served(Roll(nodes: 1, livekitAddress: joining.livekitAddress))
        }
    }

    /// One server has the file to itself.
    package func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Roll {
        try await read { Roll(nodes: 1, livekitAddress: try Self.installation($0).livekitAddress) }
    }
}
