import CallControl
import CallCore
import Testing

/// A batch is one change, and its counts are those of its calls.
@Suite struct BatchContract {
    @Test(arguments: StoreUnderTest.allCases)
    func aBatchComesBackAsItWasAskedForWithItsCalls(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let batch = try shelf.batch("batch_1", ["call_1", "call_2", "call_3"], refused: 2, name: "Zoë \u{1F4DE} \\")
        try await shelf.store.insert(batch, for: shelf.caller)
        let record = try #require(try await shelf.store.batch(batch.id, at: shelf.now))
        let expected = BatchSummary(
            id: batch.id, organization: Shelf.acme, agent: AgentName(id: Shelf.agentID, name: "A"),
            name: "Zoë \u{1F4DE} \\", createdAt: shelf.now, createdBy: shelf.caller.key, total: 5, scheduled: 3,
            statuses: [.initiated: 3])
        let backlog = BatchBacklog(
            waiting: 3, firstDue: shelf.now, lastDue: shelf.now, isHeld: false, windows: [], recentDials: 0,
            recentSince: nil)
        #expect(record == BatchRecord(summary: expected, firstDialAt: nil, lastDialAt: nil, backlog: backlog))
        for call in batch.calls {
            let stored = try await shelf.record(call.id.rawValue)
            #expect(stored.call == call)
            #expect(stored.call.batch == batch.id)
        }
        #expect(try await shelf.store.organization(of: batch.id) == Shelf.acme)
        #expect(try await shelf.store.batch(BatchID(rawValue: "batch_none"), at: shelf.now) == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func itsCountsFollowItsCallsAndNobodyElses(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.store.insert(try shelf.batch("batch_1", (1...5).map { "call_\($0)" }), for: shelf.caller)
        let leases = try await shelf.admit(3).compactMap(\.dial)
        try await shelf.store.insert(try shelf.batch("batch_2", ["call_other"]), for: shelf.caller)
        try await shelf.addCall("call_alone")
        for (seconds, lease) in leases.prefix(2).enumerated() {
            try await shelf.receive(
                .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: lease.call.id, about: lease.room,
                at: shelf.now + .seconds(seconds))
        }
        try await shelf.receive(.ringing, by: leases[0].call.id, about: leases[0].room)
        try await shelf.receive(.cancel(shelf.cancellation()), by: CallID(rawValue: "call_5"))
        let record = try #require(try await shelf.store.batch(BatchID(rawValue: "batch_1"), at: shelf.now))
        #expect(record.summary.statuses == [.initiated: 1, .connecting: 2, .ringing: 1, .cancelled: 1])
        #expect(!record.summary.isDone)
        #expect((record.firstDialAt, record.lastDialAt) == (shelf.now, shelf.now + .seconds(1)))
        let list = try await shelf.store.batches(of: Shelf.acme, limit: 10, offset: 0)
        #expect(list.total == 2)
        #expect(list.batches.map(\.id.rawValue) == ["batch_2", "batch_1"])
        #expect(list.batches.last == record.summary)
        #expect(list.batches.first?.statuses == [.initiated: 1])
    }

    /// What its end is reckoned from.
    @Test(arguments: StoreUnderTest.allCases)
    func itsBacklogSaysWhatWaitsAndHowFastItWent(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let id = BatchID(rawValue: "batch_1")
        let now = shelf.now + .seconds(600)
        func backlog() async throws -> BatchBacklog? {
            try #require(try await shelf.store.batch(id, at: now)).backlog
        }
        try await shelf.store.insert(try shelf.batch("batch_1", (1...5).map { "call_\($0)" }), for: shelf.caller)
        // Five minutes and a second ago, four minutes ago, three.
        var left = Set((1...5).map { CallID(rawValue: "call_\($0)") })
        for ago in [Int64(301), 240, 180] {
            let at = now - .seconds(ago)
            let lease = try #require(try await shelf.admit(1, at: at).compactMap(\.dial).first)
            left.remove(lease.call.id)
            try await shelf.receive(
                .sendDial(deadline: at + .seconds(34), LiveKitIDs()), by: lease.call.id, about: lease.room, at: at)
        }
        let seen = BatchBacklog(
            waiting: 2, firstDue: shelf.now, lastDue: shelf.now, isHeld: false, windows: [], recentDials: 2,
            recentSince: now - .seconds(240))
        #expect(try await backlog() == seen)
        // Whatever holds some of them: its organization, its agent, itself, one number.
        let phone = try #require(PhoneNumber("+15005550001"))
        let scopes: [StopScope] = [.all, .agent(Shelf.agentID), .batch(id), .phone(phone)]
        for (number, scope) in scopes.enumerated() {
            try await shelf.stop("stop_\(number)", scope, live: .leave, queue: .hold)
            // One number's is told by the calls, once they are marked.
            if case .phone = scope { try await shelf.carryOut() }
            #expect(try await backlog()?.isHeld == true, "\(scope)")
            _ = try await shelf.release("stop_\(number)")
            try await shelf.carryOut()
            #expect(try await backlog()?.isHeld == false, "\(scope)")
        }
        for (status, isHeld) in [(Agent.Status.inactive, true), (.active, false)] {
            _ = try await shelf.store.update(Shelf.agentID, for: shelf.caller, at: shelf.now) { agent in
                var agent = agent
                agent.status = status
                return agent
            }
            #expect(try await backlog()?.isHeld == isHeld)
        }
        for call in left { try await shelf.receive(.cancel(shelf.cancellation()), by: call) }
        #expect(try await backlog() == nil)
    }

    /// Its calls' own windows where they have the same, with a wider one where these are none of their own.
    @Test(arguments: StoreUnderTest.allCases)
    func itsBacklogHasTheWindowsOfItsCalls(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let own = try #require(CallWindow(start: 0, end: 1440, zone: .utc))
        let addition = try #require(CallWindow(start: 1, end: 1440, zone: .utc, isAddition: true))
        let wider = try #require(CallWindow(start: 2, end: 1440, zone: .utc))
        _ = try await shelf.store.update(Shelf.agentID, for: shelf.caller, at: shelf.now) { agent in
            var agent = agent
            agent.callWindow = wider
            return agent
        }
        let batches: [(String, [[CallWindow]], [CallWindow]?)] = [
            ("none", [[], []], [wider]), ("own", [[own], [own]], [own]),
            ("added", [[addition], [addition]], [addition, wider]), ("some", [[own], []], nil),
            ("others", [[own], [own, addition]], nil),
        ]
        for (name, windows, expected) in batches {
            for (number, windows) in windows.enumerated() {
                try await shelf.addCall("call_\(name)_\(number)", batch: "batch_\(name)", windows: windows)
            }
            // The row of a batch that its calls are already in.
            let batch = try shelf.batch("batch_\(name)", ["call_\(name)_last"], windows: windows[0])
            try await shelf.store.insert(batch, for: shelf.caller)
            let record = try #require(try await shelf.store.batch(batch.id, at: shelf.now))
            #expect(record.backlog?.windows == expected, "\(name)")
            #expect(record.backlog?.waiting == 3)
        }
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theNewestComeFirstPageByPageAndOnlyTheOrganizationsOwn(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let other = OrganizationID(rawValue: "other")
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent, of: other)
        for number in [3, 1, 2] {
            let made = shelf.now + .seconds(number)
            try await shelf.store.insert(
                try shelf.batch("batch_\(number)", ["call_\(number)"], at: made), for: shelf.caller)
        }
        let foreign = try shelf.batch("batch_9", ["call_9"], of: other, agent: StopContract.otherAgent)
        try await shelf.store.insert(foreign, for: .commandLine(for: other))
        var seen: [String] = []
        for offset in 0..<4 {
            let page = try await shelf.store.batches(of: Shelf.acme, limit: 1, offset: offset)
            #expect(page.total == 3)
            seen += page.batches.map(\.id.rawValue)
        }
        #expect(seen == ["batch_3", "batch_2", "batch_1"])
        #expect(try await shelf.store.batch(foreign.id, at: shelf.now)?.summary.organization == other)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func oneCallThatIsThereAlreadyKeepsAllOut(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_2", due: shelf.now + .seconds(60))
        let log = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 100).count
        let batch = try shelf.batch("batch_1", ["call_1", "call_2", "call_3"])
        await #expect {
            try await shelf.store.insert(batch, for: shelf.caller)
        } throws: { error in
            guard case .conflict = error as? StoreFailure else { return false }
            return true
        }
        #expect(try await shelf.store.batch(batch.id, at: shelf.now) == nil)
        let first = try await shelf.store.call(CallID(rawValue: "call_1"), at: shelf.now)
        #expect(first == nil)
        #expect(try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 100).count == log)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func itsCallsAreHeldByStopsAndByTheAgent(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.stop("stop_1", .batch(BatchID(rawValue: "batch_1")))
        try await shelf.store.insert(try shelf.batch("batch_1", ["call_1"]), for: shelf.caller)
        // What is held wakes nobody.
        #expect(try await shelf.store.nextWakes().call == nil)
        try await shelf.store.insert(try shelf.batch("batch_2", ["call_2"]), for: shelf.caller)
        #expect(try await shelf.holds("call_1") == [.stop(StopID(rawValue: "stop_1"))])
        #expect(try await shelf.admit().map(\.call.id.rawValue) == ["call_2"])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theLogSaysWhoAskedForHowMany(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.store.insert(try shelf.batch("batch_1", ["call_1", "call_2"], refused: 1), for: shelf.caller)
        let entry = try #require(
            try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 100).last)
        #expect((entry.action, entry.subject, entry.actor) == ("batch.create", "batch_1", shelf.caller.key))
        #expect(entry.detail == #"{"agent":"\#(Shelf.agentID)","scheduled":2,"total":3}"#)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func whatWasPurgedIsInNoStatusAndStillCounted(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.store.insert(try shelf.batch("batch_1", ["call_1", "call_2"]), for: shelf.caller)
        try await shelf.receive(.cancel(shelf.cancellation()), by: CallID(rawValue: "call_1"))
        let later = shelf.now + .seconds(60)
        let over = try await shelf.store.purgeable(overBefore: later, after: 0, limit: 10).calls
        #expect(try await shelf.store.purge(over, overBefore: later) == 1)
        let summary = try #require(try await shelf.store.batch(BatchID(rawValue: "batch_1"), at: shelf.now)).summary
        #expect((summary.scheduled, summary.purged, summary.isDone) == (2, 1, false))
        #expect(summary.statuses == [.initiated: 1])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func cancellingWhatIsLeftComesToItsCallsAlone(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.store.insert(try shelf.batch("batch_1", ["call_1", "call_2", "call_3"]), for: shelf.caller)
        let lease = try #require(try await shelf.admit(1).first?.dial)
        try await shelf.addCall("call_alone")
        try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: lease.call.id, about: lease.room)
        var query = CallQuery(organization: Shelf.acme)
        query.batch = BatchID(rawValue: "batch_1")
        try await shelf.begin(.filter(query))
        try await shelf.carryOut()
        let summary = try #require(try await shelf.store.batch(BatchID(rawValue: "batch_1"), at: shelf.now)).summary
        #expect(summary.statuses == [.cancelled: 3])
        #expect(summary.isDone)
        #expect(try await shelf.status("call_alone") == .initiated)
        #expect(try await shelf.store.openTerminations() == [lease.room])
    }

    @Test(arguments: StoreUnderTest.shared)
    func theSameRequestOnTwoNodesAtOnceIsOneBatchAndOneAnswer(_ kind: StoreUnderTest) async throws {
        let first = try kind.make()
        try await first.addAgent()
        let stores = [first.store, try first.reopened()]
        for round in 0..<20 {
            let caller = OnceContract.caller(word: "round \(round)")
            let outcomes = try await withThrowingTaskGroup(of: StoreFailure?.self) { group in
                for (number, store) in stores.enumerated() {
                    let name = "\(round)_\(number)"
                    let batch = try first.batch("batch_\(name)", (1...40).map { "call_\(name)_\($0)" })
                    group.addTask {
                        do throws(StoreFailure) {
                            try await store.insert(batch, for: caller)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return try await group.reduce(into: [StoreFailure?]()) { $0.append($1) }
            }
            let once = try #require(caller.once)
            let kept = try #require(try await first.store.repetition(of: once))
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .repeated(kept) } == 1, "\(outcomes)")
        }
        #expect(try await first.store.batches(of: Shelf.acme, limit: 1, offset: 0).total == 20)
        #expect(try await first.store.calls(CallQuery(organization: Shelf.acme), at: first.now).total == 800)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aThousandAreOneChange(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let batch = try shelf.batch("batch_1", (1...1000).map { "call_\($0)" })
        try await shelf.store.insert(batch, for: shelf.caller)
        let summary = try #require(try await shelf.store.batch(batch.id, at: shelf.now)).summary
        #expect((summary.total, summary.statuses) == (1000, [.initiated: 1000]))
    }
}

extension Shelf {
    /// A batch of calls that are due now, and of rows that were refused.
    func batch(
        _ id: String, _ calls: [String], refused: Int = 0, name: String? = nil, of organization: OrganizationID = acme,
        agent: AgentID = agentID, windows: [CallWindow] = [], at moment: Moment = now
    ) throws -> Batch {
        let batch = BatchID(rawValue: id)
        let phone = try #require(PhoneNumber("+15005550001"))
        var rows = calls.map { call in
            Batch.Row.scheduled(
                Call(
                    id: CallID(rawValue: call), organization: organization, agent: agent, batch: batch,
                    contact: Contact(phone: phone), dueAt: moment, createdAt: moment, windows: windows))
        }
        rows += (0..<refused).map { _ in .refused(RowRefusal("no", [FieldFault("priority", "is none")])) }
        return Batch(
            id: batch, organization: organization, agent: agent, name: name, createdAt: moment, rows: rows)
    }
}
