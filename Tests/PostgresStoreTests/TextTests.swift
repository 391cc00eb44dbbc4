import CallControl
import CallCore
import PostgresStore
import TestSupport
import Testing

/// What goes in comes out, or is refused: nothing is cut or changed on the way.
@Suite struct TextTests {
    static let texts = [
        "", " ", "it's \"quoted\" and `ticked`", #"back\slash \n \\ \x41 \000"#, "one\ntwo\r\nthree\ttab\u{B}\u{7F}",
        "NULL", "null", "{}", #"{"a,b",NULL,"}"#, "a,b", "$1 $2 %s ? :name", "'; DROP TABLE calls; --",
        "Zoë \u{1F4DE} \u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}", "e\u{301}\u{327} \u{E9}",
        "مرحبا \u{202E}abc\u{202C} שלום",
        "\u{FEFF}\u{FFFD}\u{10FFFF}\u{E000}", "\u{2028}\u{2029}", "日本語 한국어 ไทย", "\u{1}\u{1F}",
    ]

    @Test func everyTextComesBackAsItWas() async throws {
        let desk = try await Desk.new()
        let long = String(repeating: "0123456789abcde\u{E9}", count: 1 << 16).prefix(1 << 20)
        for (number, text) in (Self.texts + [String(long)]).enumerated() {
            let id = AgentID(rawValue: "agent_\(number)")
            let agent = Agent(
                id: id, organization: Desk.acme, name: text, agentName: text, instructions: text, model: nil,
                config: text, createdAt: desk.now)
            try await desk.store.insert(agent, for: .commandLine(for: Desk.acme))
            let seen = try #require(try await desk.store.agent(id))
            for read in [seen.name, seen.agentName, seen.instructions, seen.config] {
                // Byte by byte: Swift takes texts for equal that only look the same.
                #expect(read.map { Array($0.utf8) } == Array(text.utf8))
            }
            #expect(seen.model == nil)
        }
    }

    /// Names go into an array of the statement that leases them.
    @Test func everyTextIsAnElementOfAList() async throws {
        let desk = try await Desk.new()
        let rooms = Set(Self.texts.map(RoomName.init(rawValue:)))
        for room in rooms { try await desk.store.terminate(room, at: desk.now) }
        for fence in 2...3 {
            let later = desk.now + .seconds(fence * 10)
            let leases = try await desk.store.leaseTerminations(100, at: later, until: later + .seconds(1))
            #expect(Set(leases.map(\.room)) == rooms)
            let fences = try desk.session().run("SELECT DISTINCT fence FROM terminations")
            #expect(fences == [["\(fence)"]])
        }
    }

    @Test func everyByteComesBackAsItWas() async throws {
        let desk = try await Desk.new()
        let caller = Desk.caller(word: "w")
        _ = try await desk.store.insert(try Desk.call("call_0"), for: caller)
        let repetition = try await desk.store.repetition(of: try #require(caller.once))
        #expect(repetition == .answered(StoredAnswer(status: 201, body: [UInt8](0...255))))
        for start in stride(from: 0, to: 256, by: 32) {
            let digest = (start..<start + 32).map(UInt8.init)
            let key = APIKey(
                id: KeyID(rawValue: "key_\(start)"), organization: Desk.acme, name: "k", role: .viewer,
                createdAt: desk.now)
            try await desk.store.insert(key, digest: digest, for: .commandLine(for: Desk.acme))
            #expect(try await desk.store.key(digest: digest) == key)
        }
        #expect(try await desk.store.key(digest: [UInt8](repeating: 0, count: 32)) == nil)
    }

    /// PostgreSQL has no place for it, and a C string ends there.
    @Test func aZeroInATextIsRefusedAndNeverCutsIt() async throws {
        let desk = try await Desk.new()
        let calls = try await desk.addNeighbours(10)
        func agent(_ id: String, name: String) -> Agent {
            Agent(id: AgentID(rawValue: id), organization: Desk.acme, name: name, createdAt: desk.now)
        }
        let zero = agent("agent_zero", name: "before\u{0}after")
        await #expect(throws: StoreFailure.self) {
            try await desk.store.insert(zero, for: .commandLine(for: Desk.acme))
        }
        #expect(try await desk.store.agent(zero.id) == nil)
        // In what is looked for as well: the part before it is another's name.
        try await desk.store.insert(agent("agent_cut", name: "n"), for: .commandLine(for: Desk.acme))
        await #expect(throws: StoreFailure.self) {
            try await desk.store.agent(AgentID(rawValue: "agent_cut\u{0}"))
        }
        // In the reason of a cancel, which is hashed into the audit log.
        let cancellation = Cancellation(
            organization: Desk.acme, key: KeyID(rawValue: "k"), reason: "be\u{0}cause", at: desk.now)
        var jobs: [@Sendable () async throws -> Decided.Verdict?] = calls.dropFirst().map { call in
            { try await desk.cancel(call, for: .commandLine(for: Desk.acme)) }
        }
        jobs.insert(
            {
                try await desk.store.decide(
                    calls[0], proving: nil, claimingUntil: nil, for: .commandLine(for: Desk.acme), at: desk.now
                ) { call, scene in call.receiving(.cancel(cancellation), in: scene, at: Desk.now) }?.verdict
            }, at: 4)
        var verdicts = try await desk.together(jobs)
        #expect(verdicts.remove(at: 4).failed { if case .conflict = $0 as? StoreFailure { true } else { false } })
        #expect(try verdicts.allSatisfy { try $0.get() == .moved })
        #expect(try await desk.status(calls[0]) == .initiated)
    }

    @Test func theLargestValuesThatComeThroughTheDoorFitTheIndexes() async throws {
        let desk = try await Desk.new()
        // A hundred signs of an organization's name, each as long as UTF-8 has them.
        let organization = OrganizationID(rawValue: String(repeating: "\u{1F4DE}", count: 100))
        let agent = AgentID(rawValue: "750e8400-e29b-41d4-a716-446655440000")
        try await desk.addAgent(agent, of: organization)
        let id = CallID(rawValue: String(repeating: "c", count: 64))
        let batch = BatchID(rawValue: String(repeating: "b", count: 64))
        let caller = Desk.caller(
            word: String(repeating: "~", count: 255),
            path: "/api/v1/" + String(repeating: "p", count: 64) + "/" + String(repeating: "q", count: 64),
            key: String(repeating: "k", count: 64))
        let call = Call(
            id: id, organization: organization, agent: agent, batch: batch,
            contact: Contact(
                phone: try #require(PhoneNumber("+123456789012345")), name: String(repeating: "\u{1F4DE}", count: 200),
                email: nil), dueAt: Moment(milliseconds: .max), createdAt: Moment(milliseconds: .max),
            metadata: #"{"a":"\#(String(repeating: "x", count: 1 << 18))"}"#)
        _ = try await desk.store.insert(call, for: caller)
        #expect(try await desk.store.call(id, at: desk.now)?.call == call)
        #expect(try await desk.store.repetition(of: try #require(caller.once)) != nil)
        var query = CallQuery(organization: organization)
        query.batch = batch
        #expect(try await desk.store.calls(query, at: desk.now).total == 1)
    }

    @Test(arguments: [Int64.min, -62_135_596_800_000, -1, 0, 253_402_300_799_999, .max])
    func timesFarAwayAreTheSameWhenTheyComeBack(_ milliseconds: Int64) async throws {
        let desk = try await Desk.new()
        let moment = Moment(milliseconds: milliseconds)
        let call = Call(
            id: CallID(rawValue: "call_0"), organization: Desk.acme, agent: Desk.agent,
            contact: Contact(phone: try #require(PhoneNumber("+15005550001")), name: nil, email: nil),
            scheduledAt: moment, dueAt: moment, createdAt: moment)
        _ = try await desk.store.insert(call, for: .commandLine(for: Desk.acme))
        #expect(try await desk.store.call(call.id, at: desk.now)?.call == call)
        #expect(try desk.session().text("SELECT due FROM calls") == "\(milliseconds)")
    }

    /// More than an index takes is the asker's own fault, and no outage.
    @Test func whatNoIndexTakesIsAConflict() async throws {
        let desk = try await Desk.new()
        var noise = SystemRandomNumberGenerator()
        let id = (0..<8000).map { _ in String(UInt8.random(in: 65...90, using: &noise), radix: 36) }.joined()
        do {
            _ = try await desk.store.insert(try Desk.call(id), for: .commandLine(for: Desk.acme))
            Issue.record("it fitted")
        } catch {
            guard case .conflict? = error as? StoreFailure else { throw error }
        }
    }
}
