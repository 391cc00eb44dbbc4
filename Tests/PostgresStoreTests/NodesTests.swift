import CallControl
import CallCore
import Dispatch
import PostgresStore
import TestSupport
import Testing

/// Two nodes on one database.
@Suite struct NodesTests {
    private func two() async throws -> (Desk, Desk) {
        let one = try await Desk.new()
        return (one, Desk(one.url, name: "two"))
    }

    /// Lets others go first, by chance more or less.
    private static func dawdle() async { for _ in 0..<Int.random(in: 0..<60) { await Task.yield() } }

    /// The first try is at the call, on a node that sleeps; the second, on another one, must not be refused for what the first did.
    @Test(.timeLimit(.minutes(1))) func aRepetitionThatWaitedForTheFirstTryHasItsAnswer() async throws {
        let (one, two) = try await two()
        let call = try await one.add("call_0")
        let caller = Desk.caller(word: "w")
        let (news, tell) = AsyncStream.makeStream(of: Void.self)
        let free = DispatchSemaphore(value: 0)
        async let first = one.cancel(call, for: caller) {
            tell.yield()
            free.wait()
        }
        var arrivals = news.makeAsyncIterator()
        _ = await arrivals.next()
        async let second = two.cancel(call, for: caller)
        try await one.session().wait(until: Self.isWaiting("two"))
        free.signal()
        #expect(try await first == .moved)
        let told = StoreFailure.repeated(.answered(StoredAnswer(status: 201, body: [UInt8](0...255))))
        do {
            _ = try await second
            Issue.record("it was carried out twice")
        } catch {
            #expect(error as? StoreFailure == told)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aRepeatedReleaseThatWaitedForTheFirstTryHasItsAnswer() async throws {
        let (one, two) = try await two()
        let stop = Stop(
            id: StopID(rawValue: "stop_1"), organization: Desk.acme, scope: .all, live: .leave, queue: .hold,
            reason: nil,
            key: KeyID(rawValue: "k"), at: Desk.now)
        _ = try await one.store.insert(
            stop, draining: Self.operation("op_1", .stop), for: .commandLine(for: Desk.acme))
        // The answer is made in the transaction, which so waits.
        let (news, tell) = AsyncStream.makeStream(of: Void.self)
        let free = DispatchSemaphore(value: 0)
        let slot = Once.Slot(key: KeyID(rawValue: "k"), method: "DELETE", path: "/p", word: "w")
        let digest = [UInt8](repeating: 7, count: 32)
        let slow = Once(slot: slot, digest: digest, at: Desk.now) { _ in
            tell.yield()
            free.wait()
            return StoredAnswer(status: 200, body: [1])
        }
        let again = Once(slot: slot, digest: digest, at: Desk.now) { _ in StoredAnswer(status: 200, body: [2]) }
        func release(_ desk: Desk, _ once: Once, _ operation: String) async throws -> StopRelease? {
            try await desk.store.release(
                stop.id, reason: nil, freeing: Self.operation(operation, .release),
                for: Caller(key: slot.key, organization: Desk.acme, role: .admin, once: once), at: Desk.now)
        }
        async let first = release(one, slow, "op_2")
        var arrivals = news.makeAsyncIterator()
        _ = await arrivals.next()
        async let second = release(two, again, "op_3")
        try await one.session().wait(until: Self.isWaiting("two"))
        free.signal()
        _ = try await first
        do {
            _ = try await second
            Issue.record("it was carried out twice")
        } catch {
            #expect(error as? StoreFailure == .repeated(.answered(StoredAnswer(status: 200, body: [1]))))
        }
    }

    private static func operation(_ id: String, _ kind: CallControl.Operation.Kind) -> CallControl.Operation {
        CallControl.Operation(
            id: OperationID(rawValue: id), organization: Desk.acme, kind: kind, target: .scope(.all), live: .leave,
            queue: .hold, reason: nil, requestedAt: Desk.now)
    }

    /// A session of that name waits for a lock.
    private static func isWaiting(_ name: String) -> String {
        """
        (SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
        AND application_name = '\(name)' AND wait_event_type = 'Lock')
        """
    }

    /// What G5 promises: when a stop is set, no dial that it covers is sent any more.
    @Test func noDialIsSentOnceAStopIsSet() async throws {
        let (one, two) = try await two()
        var sent = 0
        for round in 0..<150 {
            let number = "+1500555\(1000 + round)"
            let id = try await two.add("call_\(round)", number: number)
            let lease = try #require(try await two.admit().compactMap(\.dial).first { $0.call.id == id })
            async let setting: Dial? = {
                await Self.dawdle()
                let scope = StopScope.phone(try #require(PhoneNumber(number)))
                let stop = Stop(
                    id: StopID(rawValue: "stop_\(round)"), organization: Desk.acme, scope: scope, live: .leave,
                    queue: .hold, reason: nil, key: KeyID(rawValue: "k"), at: Desk.now)
                let drain = CallControl.Operation(
                    id: OperationID(rawValue: "op_\(round)"), organization: Desk.acme, kind: .stop,
                    target: .scope(scope), live: .leave, queue: .hold, reason: nil, requestedAt: Desk.now)
                _ = try await one.store.insert(stop, draining: drain, for: .commandLine(for: Desk.acme))
                return try await one.store.dial(of: lease.room)
            }()
            async let sending: Void = {
                await Self.dawdle()
                try await two.sendDial(lease)
            }()
            let seen = try await setting
            _ = try await sending
            let after = try await one.store.dial(of: lease.room)
            // What was not sent when the stop was acknowledged is not sent later.
            #expect(
                seen == after || after == .planned || after == nil,
                "round \(round): \(seen as Any), then \(after as Any)")
            if after != nil, after != .planned { sent += 1 }
        }
        // Both came first now and then, or nothing was tried.
        #expect((1..<150).contains(sent), "\(sent)")
    }

    @Test func noCallOfAnAgentSwitchedOffIsAdmittedWhoeverWasFirst() async throws {
        let (one, two) = try await two()
        for round in 0..<60 {
            let agent = AgentID(rawValue: "agent_\(round)")
            try await one.addAgent(agent)
            let early = try await one.add("call_early_\(round)", agent: agent)
            async let off: Agent? = {
                await Self.dawdle()
                return try await one.store.update(agent, for: .commandLine(for: Desk.acme), at: Desk.now) { agent in
                    var agent = agent
                    agent.status = .inactive
                    return agent
                }
            }()
            async let late: CallID = {
                await Self.dawdle()
                return try await two.add("call_late_\(round)", agent: agent)
            }()
            async let noted: Void = {
                await Self.dawdle()
                // It locks a row that the switch locks as well.
                _ = try await two.store.decide(
                    early, proving: nil, claimingUntil: nil, for: nil, at: Desk.now
                ) { call, _ in .note(call) }
            }()
            _ = try await (off, noted)
            for id in [early, try await late] {
                #expect(try await two.store.call(id, at: Desk.now)?.queue?.state == .held)
            }
        }
        #expect(try await one.admit().isEmpty)
        #expect(try await two.admit().isEmpty)
        // Nobody waited in a circle, which the server would find after a second only.
        let session = try one.session()
        let deadlocks = try session.number(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        #expect(deadlocks == 0)
    }

    /// The second one finds the slot taken when it looks, or when it writes.
    @Test(arguments: [true, false]) func ofRequestsWithOneSlotOneIsCarriedOut(sharingTransactions: Bool) async throws {
        let (one, two) = try await two()
        for round in 0..<60 {
            let caller = Desk.caller(word: "w\(round)")
            let results = await withTaskGroup(of: Result<Void, any Error>.self) { group in
                for (number, desk) in [one, two, one, two].enumerated() {
                    group.addTask {
                        await Self.dawdle()
                        return await Result {
                            if sharingTransactions {
                                _ = try await desk.store.insert(try Desk.call("call_\(round)_\(number)"), for: caller)
                            } else {
                                _ = try await desk.store.update(Desk.agent, for: caller, at: Desk.now) { agent in
                                    var agent = agent
                                    agent.name += "!"
                                    return agent
                                }
                            }
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let done = results.count { if case .success = $0 { true } else { false } }
            let told = results.count {
                $0.failed { if case .repeated(.answered) = $0 as? StoreFailure { true } else { false } }
            }
            #expect(done == 1 && told == 3, "\(results)")
        }
        let calls = try await one.store.calls(CallQuery(organization: Desk.acme), at: Desk.now)
        #expect(calls.total == (sharingTransactions ? 60 : 0))
        let name = try await one.store.agent(Desk.agent)?.name
        #expect(name?.count == (sharingTransactions ? 1 : 61))
    }

    @Test func theAuditLogHasNoGapsHoweverManyWriteIt() async throws {
        let (one, two) = try await two()
        let other = OrganizationID(rawValue: "other")
        try await one.addAgent(AgentID(rawValue: "agent_other"), of: other)
        for number in 0..<128 { try await one.add("call_\(number)") }
        // Few at a time, so that there are many transactions: with all at once, a handful of them holds everything.
        let failed = await withTaskGroup(of: Int.self) { group in
            for worker in 0..<16 {
                let desk = worker.isMultiple(of: 2) ? one : two
                group.addTask {
                    var failed = 0
                    for number in worker * 8..<worker * 8 + 8 {
                        let id = AgentID(rawValue: "other_\(number)")
                        let agent = Agent(id: id, organization: other, name: "B", createdAt: Desk.now)
                        async let cancelled = Result {
                            try await desk.cancel(CallID(rawValue: "call_\(number)"), for: .commandLine(for: Desk.acme))
                        }
                        async let made = Result { try await desk.store.insert(agent, for: .commandLine(for: other)) }
                        if await cancelled.failed({ _ in true }) { failed += 1 }
                        if await made.failed({ _ in true }) { failed += 1 }
                    }
                    return failed
                }
            }
            return await group.reduce(0, +)
        }
        #expect(failed == 0)
        for (organization, count) in [(Desk.acme, 129), (other, 129)] {
            var check = ChainCheck()
            var after: Int64 = 0
            while true {
                let page = try await two.store.auditEntries(of: organization, after: after, limit: 50)
                for entry in page { check.take(entry) }
                guard let last = page.last else { break }
                after = last.sequence
            }
            #expect(check.fault == nil)
            #expect(check.sequence == count)
        }
    }

    @Test func noCallIsAdmittedByBoth() async throws {
        let (one, two) = try await two()
        for number in 0..<200 { try await one.add("call_\(number)") }
        let admitted = try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<32 {
                group.addTask { try await (number.isMultiple(of: 2) ? one : two).admit(9).map(\.call.id.rawValue) }
            }
            // Who came while the other was at it was told none.
            return try await group.reduce(into: []) { $0 += $1 } + two.admit(200).map(\.call.id.rawValue)
        }
        #expect(admitted.count == 200)
        #expect(Set(admitted).count == 200)
    }

    @Test func whoseLeaseRanOutDecidesNothing() async throws {
        let (one, two) = try await two()
        let call = try await one.add("call_0")
        let old = try #require(try await one.admit(until: Desk.now + .seconds(8)).first?.dial)
        let later = Desk.now + .seconds(9)
        let new = try #require(try await two.store.leaseDials(10, at: later, until: later + .seconds(8)).first)
        #expect(new.room == old.room && new.fence == old.fence + 1)
        // The node that was paused comes back and would dial.
        #expect(try await one.sendDial(old)?.verdict == .leaseLost)
        #expect(try await one.store.postpone(old, until: later) == false)
        try await one.store.renew(dials: [old], terminations: [], until: later + .seconds(99))
        let ready = try one.session().text("SELECT ready FROM dials")
        #expect(ready == "\((later + .seconds(8)).milliseconds)")
        #expect(try await one.store.dial(of: old.room) == .planned)
        #expect(try await two.sendDial(new)?.verdict == .moved)

        #expect(try await one.cancel(call) == .moved)
        let much = later + .seconds(60)
        let held = try #require(try await one.store.leaseTerminations(1, at: much, until: much + .seconds(1)).first)
        let taken = try #require(
            try await two.store.leaseTerminations(1, at: much + .seconds(2), until: much + .seconds(9)).first)
        #expect(taken.room == held.room && taken.fence == held.fence + 1)
        #expect(try await one.store.settle(.verified, of: held, at: much + .seconds(3)) == false)
        #expect(try await two.store.settle(.verified, of: taken, at: much + .seconds(3)))
    }
}
