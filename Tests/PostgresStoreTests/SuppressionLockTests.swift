import CallControl
import CallCore
import PostgresStore
import TestSupport
import Testing

/// The lock of an organization, between whoever suppresses a number and whoever relies on what is suppressed.
@Suite struct SuppressionLockTests {
    /// The store waits for a lock, or is past where it should have waited, which `sign` shows: then nobody waits for ever here.
    private func settles(_ desk: Desk, or sign: String) async throws {
        try await desk.session().wait(
            until: """
                ((SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
                AND application_name = 'one' AND wait_event_type = 'Lock') OR \(sign))
                """)
    }

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
        let (acceptor, watch) = (try desk.session(), try desk.session())
        try acceptor.run("BEGIN; SELECT pg_advisory_xact_lock_shared(7350002, hashtext('acme'))")
        async let suppressed = desk.store.suppress([suppression], ending: ending, for: .commandLine(for: Desk.acme))
        let sign = "EXISTS (SELECT 1 FROM stops WHERE kind = 'suppression')"
        try await settles(desk, or: sign)
        #expect(try watch.text("SELECT \(sign)") == "f", "it did not wait")
        try acceptor.run("COMMIT")
        #expect(try await suppressed.rows.map(\.isNew) == [true])
    }

    enum Reliance: CaseIterable {
        case accepting, acceptingABatch, admitting, sending
    }

    /// And they wait for whoever is about to suppress: what they read afterwards stays true until they are on the disk.
    @Test(arguments: Reliance.allCases) func whoReliesOnWhatIsSuppressedWaitsForWhoChangesIt(
        _ reliance: Reliance
    ) async throws {
        let desk = try await Desk.new()
        try await desk.add("call_1")
        let lease = reliance == .sending ? try await desk.admit().compactMap(\.dial).first : nil
        let batch = CallControl.Batch(
            id: BatchID(rawValue: "batch_1"), organization: Desk.acme, agent: Desk.agent, name: nil,
            createdAt: Desk.now, rows: [.scheduled(try Desk.call("call_2"))])
        let (owner, watch) = (try desk.session(), try desk.session())
        try owner.run("BEGIN; SELECT pg_advisory_xact_lock(7350002, hashtext('acme'))")
        async let done: Void = {
            switch reliance {
            case .accepting: try await desk.add("call_2")
            case .acceptingABatch: _ = try await desk.store.insert(batch, for: .commandLine(for: Desk.acme))
            case .admitting: _ = try await desk.admit()
            case .sending: _ = try await desk.sendDial(try #require(lease))
            }
        }()
        let sign =
            switch reliance {
            case .accepting, .acceptingABatch: "(SELECT count(*) > 1 FROM calls)"
            case .admitting: "(SELECT count(*) > 0 FROM attempts)"
            case .sending: "(SELECT count(*) > 0 FROM attempts WHERE sent IS NOT NULL)"
            }
        try await settles(desk, or: sign)
        #expect(try watch.text("SELECT \(sign)") == "f", "it did not wait")
        try owner.run("COMMIT")
        try await done
        #expect(try watch.text("SELECT \(sign)") == "t")
    }
}
