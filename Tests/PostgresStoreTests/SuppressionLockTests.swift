import CallControl
import CallCore
import PostgresStore
import TestSupport
import Testing

@Suite struct SuppressionLockTests {
    /// Whoever accepts a call, or lets a dial go, holds the organization until that is on the disk: else a call could come to stand behind
    /// the end of the operation and wait for ever.
    @Test func aSuppressionWaitsForThoseWhoHaveNotSeenIt() async throws {
        let desk = try await Desk.new()
        let number = try #require(PhoneNumber("+15005550003"))
        let suppression = SuppressedNumber(
            id: SuppressionID(rawValue: "sup_1"), organization: Desk.acme, number: number, reason: nil,
            key: KeyID(rawValue: "k"), at: Desk.now)
        let ending = CallControl.Operation(
            id: OperationID(rawValue: "op_1"), organization: Desk.acme, kind: .cancel, target: .numbers([number]),
            live: .leave, reason: nil, requestedAt: Desk.now)
        let acceptor = try desk.session()
        try acceptor.run("BEGIN; SELECT pg_advisory_xact_lock_shared(7350002, hashtext('acme'))")
        async let suppressed = desk.store.suppress([suppression], ending: ending, for: .commandLine(for: Desk.acme))
        try await desk.session().wait(
            until: """
                (SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name = 'one' AND wait_event_type = 'Lock')
                """)
        try acceptor.run("COMMIT")
        #expect(try await suppressed.rows.map(\.isNew) == [true])
    }
}
