import CallControl
import CallCore
import Foundation
import SQLiteStore
import Testing

@Suite struct AuditContract {
    private static let caller = Caller(
        key: KeyID(rawValue: "key_1"), organization: Shelf.acme, role: .admin, request: "req_1", address: "127.0.0.1")

    /// The whole log, after a look whether its chain holds.
    private func log(_ store: any Store, _ organization: OrganizationID = Shelf.acme) async throws -> [AuditEntry] {
        let entries = try await store.auditEntries(of: organization, after: 0, limit: 10_000)
        var check = ChainCheck()
        for entry in entries { check.take(entry) }
        #expect(check.fault == nil)
        #expect(entries.map(\.sequence) == entries.indices.map { Int64($0 + 1) })
        return entries
    }

    @Test(arguments: StoreUnderTest.allCases)
    func everyChangeByAClientIsAnEntryThatSaysWhoAndWhy(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let key = shelf.key("key_9")
        try await shelf.store.insert(
            Agent(id: Shelf.agentID, organization: Shelf.acme, name: "Ada", createdAt: shelf.now), for: Self.caller)
        let call = try await shelf.addCall("call_1")
        _ = try await shelf.cancel(call, for: Self.caller, reason: "wrong number")
        for status in [Agent.Status.active, .inactive, .inactive] {
            _ = try await shelf.store.update(Shelf.agentID, for: Self.caller, at: shelf.now) { agent in
                var agent = agent
                agent.model = "m"
                agent.status = status
                agent.updatedAt = shelf.now + .seconds(1)
                return agent
            }
        }
        try await shelf.store.insert(key, digest: [UInt8](repeating: 1, count: 32), for: .commandLine(for: Shelf.acme))
        for _ in 0..<2 { _ = try await shelf.store.revoke(key.id, for: Self.caller, at: shelf.now) }
        let entries = try await log(shelf.store)
        // What changes nothing, as to switch off what is off, is no entry.
        #expect(
            entries.map(\.action) == [
                "agent.create", "call.cancel", "agent.update", "agent.deactivate", "key.create", "key.revoke",
            ])
        #expect(
            entries.map(\.subject) == [
                Shelf.agentID.rawValue, "call_1", Shelf.agentID.rawValue, Shelf.agentID.rawValue, "key_9", "key_9",
            ])
        #expect(entries.map { $0.before ?? "-" } == ["-", "initiated", "active", "active", "-", "valid"])
        #expect(entries.map { $0.after ?? "-" } == ["active", "cancelled", "active", "inactive", "valid", "revoked"])
        #expect(
            entries.map { $0.detail ?? "-" } == [
                #"{"name":"Ada"}"#, "-", #"{"changed":["model"]}"#, #"{"changed":["status"]}"#,
                #"{"name":"key_9","role":"operator"}"#, "-",
            ])
        let cancel = entries[1]
        #expect(cancel.reason == "wrong number" && cancel.request == "req_1" && cancel.address == "127.0.0.1")
        #expect(cancel.actor == Self.caller.key && cancel.at == shelf.now)
        #expect(entries[4].actor.rawValue == "command_line" && entries[4].request == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func whatCameToNothingIsNoEntry(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_1")
        _ = try await shelf.cancel(call, for: OnceContract.caller())
        _ = try await shelf.cancel(call, for: Self.caller)
        await #expect(throws: StoreFailure.self) {
            _ = try await shelf.cancel(call, for: OnceContract.caller())
        }
        // What no client asked for is in the call's own history.
        let lease = try await shelf.dialled("call_2")
        try await shelf.receive(.failed(.notAnswered), by: lease.call.id, about: lease.room)
        #expect(try await log(shelf.store).map(\.action) == ["agent.create", "call.cancel"])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func eachOrganizationHasAChainOfItsOwnWithoutGapsHoweverManyWrite(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let other = OrganizationID(rawValue: "other")
        try await shelf.addAgent()
        for number in 0..<100 { try await shelf.addCall("call_\(number)") }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    _ = try? await shelf.cancel(CallID(rawValue: "call_\(number)"), for: Self.caller)
                }
                group.addTask {
                    // Every other one breaks a constraint: its batch is rolled back, and no number is lost.
                    let key = APIKey(
                        id: KeyID(rawValue: "key_\(number / 2)"), organization: other, name: "k", role: .viewer,
                        createdAt: shelf.now)
                    try? await shelf.store.insert(
                        key, digest: [UInt8](repeating: UInt8(number), count: 32), for: .commandLine(for: other))
                }
            }
        }
        #expect(try await log(shelf.store).count == 101)
        #expect(try await log(shelf.store, other).count == 50)
        #expect(try await shelf.store.auditedOrganizations() == [Shelf.acme, other])
        let page = try await shelf.store.auditEntries(of: Shelf.acme, after: 40, limit: 3)
        #expect(page.map(\.sequence) == [41, 42, 43])
    }

    /// A bulk cancel's entries name their calls: a thousand of them are too much for one page.
    @Test(arguments: StoreUnderTest.allCases)
    func aPageOfLongEntriesIsShort(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        for number in 0..<30 {
            let key = APIKey(
                id: KeyID(rawValue: "key_\(number)"), organization: Shelf.acme,
                name: String(repeating: "n", count: 100_000), role: .viewer, createdAt: shelf.now)
            try await shelf.store.insert(
                key, digest: [UInt8](repeating: UInt8(number), count: 32), for: .commandLine(for: Shelf.acme))
        }
        let first = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 1000)
        #expect(first.count == 11)
        let audit = Audit(store: shelf.store)
        let page = try await audit.entries(of: Shelf.acme, after: 0, limit: 1000)
        #expect(page.entries == first && page.hasMore)
        var all: [Int64] = []
        try await audit.each(of: Shelf.acme) { all.append($0.sequence) }
        #expect(all == Array(1...30))
        #expect(try await audit.entries(of: Shelf.acme, after: 29, limit: 1).hasMore == false)
        #expect(try await audit.entries(of: Shelf.acme, after: 28, limit: 1).hasMore)
        #expect(try await audit.entries(of: Shelf.acme, after: 30, limit: 1).hasMore == false)
    }

    @Test func twoProcessesWriteOneChain() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("calls.sqlite").path
        let stores = [try SQLiteStore(.file(path), exclusive: true), try SQLiteStore(.file(path))]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let key = APIKey(
                        id: KeyID(rawValue: "key_\(number)"), organization: Shelf.acme, name: "k", role: .viewer,
                        createdAt: Shelf.now)
                    try await stores[number % 2].insert(
                        key, digest: [UInt8](repeating: UInt8(number), count: 32), for: .commandLine(for: Shelf.acme))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await log(stores[0]).count == 60)
    }
}

/// What `ChainCheck` finds in a log that somebody laid hands on.
@Suite struct ChainCheckTests {
    private static let entries: [AuditEntry] = {
        var hash = AuditChain.root
        return (1...8).map { number in
            let note = AuditNote(
                .callCancel, on: "call_\(number)", reason: number == 2 ? nil : "r", before: "active",
                after: "cancelled", detail: "{}")
            let caller = Caller(
                key: KeyID(rawValue: "key_1"), organization: Shelf.acme, role: .admin, request: "req", address: "::1")
            let entry = AuditEntry(
                note, for: caller, at: Shelf.now + .seconds(number), sequence: Int64(number), after: hash)
            hash = entry.hash
            return entry
        }
    }()

    private func check(_ entries: [AuditEntry], expecting: Set<[UInt8]> = []) -> ChainCheck {
        var check = ChainCheck(expecting: expecting)
        for entry in entries.sorted(by: { $0.sequence < $1.sequence }) { check.take(entry) }
        return check
    }

    @Test func anUntouchedChainHolds() {
        let whole = check(Self.entries)
        #expect(whole.fault == nil && whole.sequence == 8)
        #expect(whole.hash == Self.entries[7].hash)
        #expect(check([]).fault == nil && check([]).hash == AuditChain.root)
    }

    /// The third entry with one thing changed.
    static let changes: [(String, @Sendable (AuditEntry) -> AuditEntry)] = [
        ("at", { change($0, at: $0.at + .milliseconds(1)) }),
        ("actor", { change($0, actor: KeyID(rawValue: "key_2")) }),
        ("action", { change($0, action: "call.cancel2") }),
        ("subject", { change($0, subject: "call_4") }),
        ("reason", { change($0, reason: .some("s")) }),
        ("reason away", { change($0, reason: .some(nil)) }),
        ("reason empty", { change($0, reason: .some("")) }),
        ("reason over into the request", { change($0, reason: .some("rr"), request: .some("eq")) }),
        ("request", { change($0, request: .some("req2")) }),
        ("address", { change($0, address: .some("::2")) }),
        ("before", { change($0, before: .some("ringing")) }),
        ("after", { change($0, after: .some("failed")) }),
        ("detail", { change($0, detail: .some(#"{"a":1}"#)) }),
        ("hash", { change($0, hash: [UInt8](repeating: 1, count: 32)) }),
        ("organization", { change($0, organization: OrganizationID(rawValue: "other")) }),
    ]

    @Test(arguments: changes.indices)
    func aChangedFieldIsFound(_ index: Int) {
        var entries = Self.entries
        entries[2] = Self.changes[index].1(entries[2])
        let found = check(entries)
        #expect(found.fault == .changed(3), "\(Self.changes[index].0)")
        #expect(found.sequence == 2)
    }

    @Test func anEntryThatWasTakenOutIsFound() {
        var entries = Self.entries
        entries.remove(at: 2)
        #expect(check(entries).fault == .missing(3...3))
        entries.remove(at: 2)
        #expect(check(entries).fault == .missing(3...4))
        #expect(check(Array(Self.entries.dropFirst())).fault == .missing(1...1))
    }

    @Test func anEntryThatWasTakenOutAndTheGapClosedIsFound() {
        let entries = Self.entries.enumerated().filter { $0.offset != 2 }.enumerated().map { place, entry in
            Self.change(entry.element, sequence: Int64(place + 1))
        }
        #expect(check(entries).fault == .changed(3))
    }

    @Test func entriesThatChangedPlacesAreFound() {
        var entries = Self.entries
        entries[2] = Self.change(Self.entries[2], sequence: 6)
        entries[5] = Self.change(Self.entries[5], sequence: 3)
        #expect(check(entries).fault == .moved(3, foundAt: 6))
        // Out of the middle to the end.
        entries = Self.entries
        entries[2] = Self.change(Self.entries[2], sequence: 9)
        #expect(check(entries).fault == .moved(3, foundAt: 9))
    }

    @Test func anEntryInFrontOfTheFirstIsFound() {
        #expect(check(Self.entries + [Self.change(Self.entries[4], sequence: 0)]).fault == .changed(0))
    }

    @Test func aTailThatWasCutOffIsSeenByAHeadThatWasWrittenDown() {
        let head = Self.entries[7].hash
        let cut = check(Array(Self.entries.dropLast(2)), expecting: [head])
        #expect(cut.fault == nil)
        #expect(cut.expected == [head])
        // A head of yesterday is in the middle today.
        #expect(check(Self.entries, expecting: [head, Self.entries[3].hash]).expected.isEmpty)
    }

    /// Made by another program from the documentation alone.
    @Test func theHashIsTheDocumentedOne() {
        let note = AuditNote(.keyRevoke, on: "key_2", before: "valid", after: "revoked")
        let entry = AuditEntry(
            note, for: .commandLine(for: Shelf.acme), at: Shelf.now, sequence: 1, after: AuditChain.root)
        #expect(entry.hash.hex == "bd1bd85f1fe50b9f8549bb22ec229dee626091845708166332cda8da1b0683cd")
        #expect([UInt8](hex: entry.hash.hex) == entry.hash)
        #expect([UInt8](hex: "abc") == nil && [UInt8](hex: "zz") == nil)
    }

    private static func change(
        _ entry: AuditEntry, organization: OrganizationID? = nil, sequence: Int64? = nil, at: Moment? = nil,
        actor: KeyID? = nil, action: String? = nil, subject: String? = nil, reason: String?? = nil,
        request: String?? = nil, address: String?? = nil, before: String?? = nil, after: String?? = nil,
        detail: String?? = nil, hash: [UInt8]? = nil
    ) -> AuditEntry {
        AuditEntry(
            organization: organization ?? entry.organization, sequence: sequence ?? entry.sequence, at: at ?? entry.at,
            actor: actor ?? entry.actor, action: action ?? entry.action, subject: subject ?? entry.subject,
            reason: reason ?? entry.reason, request: request ?? entry.request, address: address ?? entry.address,
            before: before ?? entry.before, after: after ?? entry.after, detail: detail ?? entry.detail,
            hash: hash ?? entry.hash)
    }
}
