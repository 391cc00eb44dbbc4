import CallCore
import Glibc
import PostgresStore
import TestSupport

/// A database of its own for one thread of a campaign: seeds use it one after the other.
package final class Database {
    let url: String
    /// As the superuser sees it: what its sessions wait for.
    let session: Session

    /// On the server that `Scripts/with-postgres` has started.
    package init() throws {
        url = try PostgresForTests.emptyDatabase() + Self.options
        _ = try Migrator(url).migrate(at: PostgresForTests.now, installation: Auditor.installation)
        session = try Session(url)
        let tables = try session.text(
            """
            SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables WHERE schemaname = 'public' \
            AND tablename NOT IN ('installation', 'schema_versions')
            """)
        empty = "TRUNCATE \(tables) RESTART IDENTITY"
    }

    private let empty: String

    /// Two that wait for each other hear of it soon: there is nobody else.
    private static let options = "&options=-c%20deadlock_timeout%3D10ms"

    /// What a process of the server is doing.
    struct State {
        /// It waits for a lock that these hold, or want as well and are before it.
        let isWaiting: Bool
        let holders: [Int32]
        /// It has done all that it was asked.
        let isIdle: Bool

        var isSettled: Bool { isWaiting || isIdle }
    }

    /// Those of them that there are.
    func states(of backends: [Int32]) throws -> [Int32: State] {
        let rows = try session.run(
            """
            SELECT pid, coalesce(wait_event_type = 'Lock', FALSE), state LIKE 'idle%', \
            array_to_string(pg_blocking_pids(pid), ',') FROM pg_stat_activity WHERE pid IN (\(Self.list(backends)))
            """)
        let states = rows.compactMap { row -> (Int32, State)? in
            guard let pid = row[0].flatMap({ Int32($0) }) else { return nil }
            let holders = row[3]?.split(separator: ",").compactMap { Int32($0) } ?? []
            return (pid, State(isWaiting: row[1] == "t", holders: holders, isIdle: row[2] == "t"))
        }
        return Dictionary(states) { first, _ in first }
    }

    func inTransaction(_ backends: [Int32]) throws -> [Int32] {
        guard !backends.isEmpty else { return [] }
        return try sessions("pid IN (\(Self.list(backends))) AND xact_start IS NOT NULL")
    }

    /// Takes everything out; whoever is still connected is thrown out first.
    func clear() throws {
        try end(try sessions("TRUE"))
        try session.run(empty)
    }

    private func sessions(_ condition: String) throws -> [Int32] {
        try session.run(
            """
            SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
            AND backend_type = 'client backend' AND \(condition)
            """
        ).compactMap { $0[0].flatMap { Int32($0) } }
    }

    /// Ends these processes of the server, with whatever they had begun, and returns when they are gone.
    func end(_ backends: [Int32]) throws {
        guard !backends.isEmpty else { return }
        let those = "FROM pg_stat_activity WHERE pid IN (\(Self.list(backends)))"
        try session.run("SELECT pg_terminate_backend(pid) \(those)")
        while try session.number("SELECT count(*) \(those)") > 0 { usleep(200) }
    }

    private static func list(_ backends: [Int32]) -> String { backends.map(String.init).joined(separator: ",") }
}
