import CallControl
import CallCore
import PostgresStore
import TestSupport
import Testing

/// Whatever a server, a database, a role or an address has set, the answers are the same.
@Suite struct SettingsTests {
    private static let settings = [
        "\"TimeZone\" = 'Asia/Kathmandu'", "\"DateStyle\" = 'German, DMY'", "\"IntervalStyle\" = 'sql_standard'",
        "standard_conforming_strings = off", "bytea_output = 'escape'", "array_nulls = off", "lc_messages = 'C'",
        "lc_numeric = 'C'", "default_transaction_isolation = 'serializable'", "default_transaction_read_only = on",
        "extra_float_digits = -15", "client_encoding = 'LATIN1'", "transform_null_equals = on", "search_path = public",
        "idle_in_transaction_session_timeout = '1ms'", "lock_timeout = '1ms'",
    ]

    /// All that reads or writes something whose form could depend on a setting.
    private func story(_ desk: Desk) async throws -> [String] {
        let name = #"Zoë \ 100%_ "x" "# + "\u{1F4DE}"
        let contact = Contact(phone: try #require(PhoneNumber("+15005550001")), name: name, email: "ö@x")
        let call = Call(
            id: CallID(rawValue: "call_0"), organization: Desk.acme, agent: Desk.agent, contact: contact,
            dueAt: desk.now, createdAt: desk.now)
        let caller = Desk.caller(word: "w")
        let record = try await desk.store.insert(call, for: caller)
        var seen = ["\(record)"]
        seen.append("\(String(describing: try await desk.store.repetition(of: try #require(caller.once))))")
        for prefix in [#"zoë \"#, "%", "ZO", "ö"] {
            var query = CallQuery(organization: Desk.acme)
            query.prefix = prefix
            seen.append("\(prefix): \(try await desk.store.calls(query, at: desk.now).calls.map(\.id))")
        }
        let lease = try #require(try await desk.admit().first?.dial)
        seen.append("\(lease)")
        seen.append("\(String(describing: try await desk.sendDial(lease)))")
        seen.append("\(String(describing: try await desk.cancel(call.id, for: .commandLine(for: Desk.acme))))")
        for room in ["NULL", #"a"b\c,{}"#] { try await desk.store.terminate(RoomName(rawValue: room), at: desk.now) }
        let leases = try await desk.store.leaseTerminations(
            9, at: desk.now + .seconds(60), until: desk.now + .seconds(90))
        seen += leases.map { "\($0)" }.sorted()
        let entries = try await desk.store.auditEntries(of: Desk.acme, after: 0, limit: 100)
        var check = ChainCheck()
        for entry in entries { check.take(entry) }
        seen.append("\(check)")
        seen.append("\(String(describing: try await desk.store.call(call.id, at: desk.now)))")
        return seen
    }

    @Test func aStrangelySetDatabaseGivesTheSameAnswers() async throws {
        let plain = try await story(try await Desk.new())
        let strange = try await Desk.new()
        let session = try strange.session()
        let database = try session.text("SELECT current_database()")
        for setting in Self.settings { try session.run("ALTER DATABASE \(database) SET \(setting)") }
        let story = try await story(Desk("\(strange.url)&client_encoding=LATIN1", name: "strange"))
        #expect(story == plain)
    }

    /// The address may say more than ours about everything else.
    @Test func theAddressMaySetWhatItLikes() async throws {
        let desk = try await Desk.new()
        let other = Desk("\(desk.url)&options=-cwork_mem%3D77MB%20-cbytea_output%3Descape", name: "mine")
        let caller = Desk.caller(word: "w")
        _ = try await other.store.insert(try Desk.call("call_0"), for: caller)
        let answer = try await other.store.repetition(of: try #require(caller.once))
        #expect(answer == .answered(StoredAnswer(status: 201, body: [UInt8](0...255))))
        let names = try desk.session().number(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mine' AND datname = current_database()")
        #expect(names > 0)
    }

    /// The server keeps what is prepared for as long as the connection lives, so that this has an end.
    @Test func listsMayBeAskedInMoreFormsThanAreKept() async throws {
        let desk = try await Desk.new()
        try await desk.add("call_0")
        for form in 0..<576 {
            var query = CallQuery(organization: Desk.acme)
            if form & 1 != 0 { query.agent = Desk.agent }
            if form & 2 != 0 { query.phone = PhoneNumber("+15005550001") }
            if form & 4 != 0 { query.from = desk.now }
            if form & 8 != 0 { query.to = desk.now }
            if form & 16 != 0 { query.sort = .scheduledAt }
            if form & 32 != 0 { query.order = .ascending }
            query.statuses = Set(CallStatus.allCases.prefix(form / 64 + 1)).union([.initiated])
            #expect(try await desk.store.calls(query, at: desk.now).calls.map(\.id) == [CallID(rawValue: "call_0")])
        }
    }
}
