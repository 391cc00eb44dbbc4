import CallControl
import CallCore
import Testing

/// From the 201 of a suppression on its number is not dialled, and no call to it waits for ever.
@Suite struct SuppressionContract {
    private static let id = SuppressionID(rawValue: "sup_15005550003")

    @Test(arguments: StoreUnderTest.allCases)
    func noCallToASuppressedNumberIsAcceptedAndAllOthersAre(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        let other = OrganizationID(rawValue: "other")
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent, of: other)
        try await shelf.suppress()
        #expect(await shelf.refusal("call_1") == .suppressed(Self.id))
        let nothing = try await shelf.store.call(CallID(rawValue: "call_1"), at: shelf.now)
        #expect(nothing == nil)
        #expect(await shelf.refusal("call_2", number: "+15005550004") == nil)
        #expect(await shelf.refusal("call_3", organization: other) == nil)
        #expect(Set(try await shelf.admit().map(\.call.id.rawValue)) == ["call_2", "call_3"])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func whatWaitsEndsWhenItWouldBeDialledBeforeItsOperationCameToIt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addCall("call_1", number: Shelf.nuisance)
        try await shelf.suppress()
        #expect(try await shelf.holds("call_1") == [.suppression(Self.id)])
        let late = try await shelf.addOldCall("call_2")
        let admitted = try await shelf.admit()
        #expect(admitted.allSatisfy { $0.dial == nil })
        for id in ["call_1", late.rawValue] {
            let call = try await shelf.record(id).call
            #expect(call.status == .cancelled)
            #expect(call.cancelledBy?.key.rawValue == "key_1")
            #expect(call.cancelledBy?.reason == "the number is suppressed (sup_15005550003)")
            #expect(call.attempts.isEmpty)
            #expect(
                try await shelf.store.events(of: call.id, after: 0, limit: 9).map(\.notice) == [.created, .cancelled])
        }
        #expect(try await shelf.store.nextWakes().call == nil)
        try await shelf.carryOut()
        #expect(try await shelf.operation("op_sup_15005550003").counts == OperationCounts())
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aSuppressionBetweenAdmissionAndDialEndsTheCallWithNothingDialled(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.placing("call_1", number: Shelf.nuisance)
        try await shelf.suppress()
        let decided = try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: lease.call.id, about: lease.room)
        #expect(decided?.call.status == .cancelled)
        #expect(decided?.call.attempts.map(\.dial) == [.planned])
        #expect(try await shelf.store.openTerminations() == [lease.room])
    }

    /// A stop that holds the queue must not keep such a call from its end.
    @Test(arguments: StoreUnderTest.allCases)
    func aSuppressionGoesBeforeAStop(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let lease = try await shelf.placing("call_1", number: Shelf.nuisance)
        try await shelf.stop("stop_1", live: .leave, queue: .hold, at: shelf.now - .seconds(60))
        try await shelf.suppress()
        #expect(await shelf.refusal("call_2") == .suppressed(Self.id))
        let decided = try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: lease.call.id, about: lease.room)
        #expect(decided?.call.status == .cancelled)
    }

    @Test(arguments: StoreUnderTest.allCases, Stop.Live.allCases)
    func itsOperationEndsWhatWaitsAndWhatIsLiveWhereThatIsAsked(_ kind: StoreUnderTest, _ live: Stop.Live) async throws
    {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_live", number: Shelf.nuisance, retries: RetryPlan(maxRetries: 3))
        let lease = try #require(try await shelf.admit().compactMap(\.dial).first { $0.call.id == call })
        try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: call, about: lease.room)
        try await shelf.stop("stop_1", live: .leave, queue: .hold)
        try await shelf.addCall("call_held", number: Shelf.nuisance)
        try await shelf.addCall("call_other")
        try await shelf.carryOut()
        try await shelf.suppress(["+15005550007", Shelf.nuisance, "+15005550008"], live: live)
        try await shelf.carryOut()
        #expect(try await shelf.status("call_held") == .cancelled)
        #expect(try await shelf.status("call_other") == .initiated)
        let counts = try await shelf.operation("op_sup_15005550007").counts
        #expect(counts.matched == 2)
        #expect(counts.cancelled == (live == .hangup ? 2 : 1))
        #expect(try await shelf.status("call_live") == (live == .hangup ? .cancelled : .connecting))
        guard live == .leave else { return }
        // Nobody answers, and it would be called again.
        let decided = try await shelf.receive(.failed(.init(status: .noAnswer)), by: call, about: lease.room)
        #expect(decided?.call.status == .noAnswer)
    }

    /// The retry that was decided before the operation came to the call.
    @Test(arguments: StoreUnderTest.allCases)
    func aCallBetweenTwoAttemptsIsNotDialledAgain(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let call = try await shelf.addCall("call_1", number: Shelf.nuisance, retries: RetryPlan(maxRetries: 3))
        let lease = try #require(try await shelf.admit().first?.dial)
        try await shelf.receive(
            .sendDial(deadline: shelf.now + .seconds(34), LiveKitIDs()), by: call, about: lease.room)
        try await shelf.suppress()
        try await shelf.receive(.failed(.init(status: .noAnswer)), by: call, about: lease.room)
        let waiting = try await shelf.record("call_1")
        #expect(waiting.queue?.heldBy == [.suppression(Self.id)])
        try await shelf.carryOut()
        #expect(try await shelf.status("call_1") == .cancelled)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aNumberIsSuppressedOnceAndKeepsItsFirstRow(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent, of: OrganizationID(rawValue: "other"))
        let first = try await shelf.suppress(["+15005550003", "+15005550004"])
        #expect(first.rows.map(\.isNew) == [true, true])
        #expect(first.operation.counts == OperationCounts() && first.operation.kind == .cancel)
        let again = try await shelf.suppress(
            ["+15005550005", "+15005550004"], ids: ["sup_5", "sup_other"], at: shelf.now + .seconds(9))
        #expect(again.rows.map(\.isNew) == [true, false])
        #expect(again.rows.map(\.suppression.id.rawValue) == ["sup_5", "sup_15005550004"])
        #expect(again.rows.map(\.suppression.at) == [shelf.now + .seconds(9), shelf.now])
        // It is another organization's business whom that one calls.
        let other = try await shelf.suppress(["+15005550004"], ids: ["sup_9"], of: OrganizationID(rawValue: "other"))
        #expect(other.rows.map(\.isNew) == [true])
        let found = try await shelf.store.suppressions(
            of: ["+15005550003", "+15005550005", "+15005550006"].compactMap { PhoneNumber($0) }, in: Shelf.acme)
        #expect(Set(found.values.map(\.rawValue)) == ["sup_15005550003", "sup_5"])
        let log = try await shelf.store.auditEntries(of: Shelf.acme, after: 1, limit: 9)
        #expect(log.map(\.action) == ["suppression.add", "suppression.add"])
        #expect(log.map(\.subject) == ["op_sup_15005550003", "op_sup_5"])
        #expect(log.last?.detail == #"{"added":{"+15005550005":"sup_5"},"live":"leave","there":1}"#)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aNumberThatIsLiftedIsCalledAgain(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let suppression = try #require(try await shelf.suppress().rows.first?.suppression)
        try await shelf.carryOut()
        let before = try await shelf.store.suppression(suppression.id)
        #expect(before == suppression)
        #expect(try await shelf.lift("sup_15005550003") == suppression)
        let after = try await shelf.store.suppression(suppression.id)
        #expect(after == nil)
        #expect(try await shelf.lift("sup_15005550003") == nil)
        #expect(await shelf.refusal("call_1") == nil)
        #expect(try await shelf.admit().compactMap(\.dial?.call.id.rawValue) == ["call_1"])
        let entry = try await shelf.store.auditEntries(of: Shelf.acme, after: 0, limit: 9).last
        #expect((entry?.action, entry?.subject) == ("suppression.remove", "sup_15005550003"))
        #expect((entry?.reason, entry?.before, entry?.after) == ("he changed his mind", "in_force", "removed"))
        // And it can be suppressed again.
        #expect(try await shelf.suppress(ids: ["sup_new"]).rows.map(\.isNew) == [true])
    }

    /// As a node leaves it that knows no suppressions: such a call is held like by a stop.
    @Test(arguments: StoreUnderTest.allCases)
    func whatIsHeldForASuppressionIsLetGoByItsRemovalAndByNoRelease(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.stop("stop_1", live: .leave, queue: .hold)
        try await shelf.addCall("call_1", number: Shelf.nuisance)
        try await shelf.suppress()
        _ = try await shelf.release("stop_1")
        let released = OperationID(rawValue: "op_stop_1_released")
        #expect(try await shelf.store.advance(released, at: shelf.now))
        #expect(try await shelf.operation("op_stop_1_released").counts.matched == 0)
        #expect(try await shelf.store.nextWakes().call == nil)
        _ = try await shelf.lift("sup_15005550003")
        #expect(try await shelf.store.advance(OperationID(rawValue: "op_sup_15005550003_lifted"), at: shelf.now))
        #expect(try await shelf.admit().compactMap(\.dial?.call.id.rawValue) == ["call_1"])
    }

    @Test(arguments: StoreUnderTest.allCases)
    func suppressionsAreNoStops(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.suppress()
        let id = StopID(rawValue: "sup_15005550003")
        #expect(try await shelf.store.stop(id) == nil)
        #expect(try await shelf.release(id.rawValue) == nil)
        #expect(try await shelf.store.stops(of: Shelf.acme, inForce: nil, limit: 9, offset: 0).total == 0)
        try await shelf.stop("stop_1", queue: .hold)
        #expect(try await shelf.store.stops(of: Shelf.acme, inForce: true, limit: 9, offset: 0).stops.count == 1)
        #expect(try await shelf.lift("stop_1") == nil)
        let stop = try await shelf.store.suppression(SuppressionID(rawValue: "stop_1"))
        #expect(stop == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func theNewestComeFirstPageByPage(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent, of: OrganizationID(rawValue: "other"))
        let numbers = (0..<7).map { "+1500555000\($0)" }
        // Three of one moment, and four of later ones.
        try await shelf.suppress(Array(numbers[..<3]))
        for (index, number) in numbers[3...].enumerated() {
            try await shelf.suppress([number], at: shelf.now + .seconds(index + 1))
        }
        try await shelf.suppress(["+15005550000"], ids: ["sup_x"], of: OrganizationID(rawValue: "other"))
        var query = SuppressionQuery(organization: Shelf.acme)
        query.limit = 2
        var seen: [String] = []
        repeat {
            let page = try await shelf.store.suppressions(query)
            #expect(page.total == 7)
            seen += page.suppressions.map(\.number.e164)
            query.after = page.next
        } while query.after != nil
        #expect(seen == numbers.reversed())
        query.offset = 5
        query.limit = 9
        #expect(
            try await shelf.store.suppressions(query).suppressions.map(\.number.e164) == [
                "+15005550001", "+15005550000",
            ])
        query.offset = 0
        query.number = PhoneNumber("+15005550002")
        let one = try await shelf.store.suppressions(query)
        #expect((one.suppressions.map(\.id.rawValue), one.total) == (["sup_15005550002"], 1))
    }

    @Test(arguments: StoreUnderTest.allCases, [false, true])
    func aBatchLosesItsCallsToSuppressedNumbers(_ kind: StoreUnderTest, _ stopOnError: Bool) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.suppress()
        let numbers = ["+15005550001", Shelf.nuisance, "+15005550002"]
        let batch = try shelf.batch("batch_1", to: numbers, stopOnError: stopOnError)
        let stored = try await shelf.store.insert(batch, for: shelf.caller)
        #expect(stored.calls.map(\.id.rawValue) == (stopOnError ? ["call_0"] : ["call_0", "call_2"]))
        guard case .refused(let refusal) = stored.rows[1] else {
            Issue.record("\(stored.rows[1])")
            return
        }
        #expect(refusal.faults == [FieldFault("contactPhone", Self.id.fault)])
        #expect(refusal.message.contains("DELETE /suppressions/sup_15005550003"))
        let summary = try #require(try await shelf.store.batch(batch.id, at: shelf.now)).summary
        #expect((summary.total, summary.scheduled) == (3, stored.calls.count))
        let nothing = try await shelf.store.insert(try shelf.batch("batch_2", to: [Shelf.nuisance]), for: shelf.caller)
        #expect(nothing.calls.isEmpty)
        #expect(try await shelf.store.batch(nothing.id, at: shelf.now) == nil)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aRepeatedRequestIsOneChange(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(StopContract.otherAgent, of: OrganizationID(rawValue: "other"))
        let caller = OnceContract.caller()
        try await shelf.suppress(for: caller)
        for id in ["sup_other", "sup_third"] {
            let failure = await #expect(throws: StoreFailure.self) { try await shelf.suppress(ids: [id], for: caller) }
            guard case .repeated(.answered)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
        }
        let lifting = OnceContract.caller(word: "lift")
        _ = try await shelf.lift("sup_15005550003", for: lifting)
        await #expect(throws: StoreFailure.self) { try await shelf.lift("sup_15005550003", for: lifting) }
        #expect(
            try await shelf.store.auditEntries(of: Shelf.acme, after: 1, limit: 9).map(\.action)
                == ["suppression.add", "suppression.remove"])
    }

    /// Whichever is first: the call is refused, or it is ended; it is never dialled, and nothing of it is left to wait.
    @Test(arguments: StoreUnderTest.allCases)
    func acceptanceAndSuppressionAtTheSameMoment(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let other = kind == .postgres ? Shelf(store: try shelf.reopened(), reopened: nil) : shelf
        for round in 0..<20 {
            let number = "+15005551\(100 + round)"
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<4 {
                    group.addTask { _ = await shelf.refusal("call_\(round)_\(index)", number: number) }
                    let batch = try? other.batch(
                        "batch_\(round)_\(index)", to: [number], calls: "row_\(round)_\(index)")
                    group.addTask { if let batch { _ = try? await other.store.insert(batch, for: other.caller) } }
                }
                group.addTask { _ = try? await other.suppress([number]) }
            }
        }
        // Its operation has come to all that was accepted before, and not only because they were due.
        try await shelf.carryOut(with: other.store)
        #expect(try await shelf.admit(1000).isEmpty)
        let page = try await shelf.store.calls(CallQuery(organization: Shelf.acme), at: shelf.now)
        #expect(page.calls.allSatisfy { $0.status == .cancelled })
        #expect(try await shelf.store.suppressions(SuppressionQuery(organization: Shelf.acme)).total == 20)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aThousandNumbersAreOneChangeAndEndTheCallsToEach(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let numbers = (0..<1000).map { "+1500556\(1000 + $0)" }
        for index in [0, 499, 999] { try await shelf.addCall("call_\(index)", number: numbers[index]) }
        try await shelf.addCall("call_other")
        let suppressed = try await shelf.suppress(numbers)
        #expect(suppressed.rows.count(where: \.isNew) == 1000)
        try await shelf.carryOut()
        #expect(try await shelf.operation("op_sup_15005561000").counts == OperationCounts(matched: 3, cancelled: 3))
        #expect(try await shelf.status("call_other") == .initiated)
    }
}

extension Shelf {
    /// A batch of a call to each of these numbers, due now.
    func batch(
        _ id: String, to numbers: [String], calls: String = "call", stopOnError: Bool = false
    ) throws -> Batch {
        let batch = BatchID(rawValue: id)
        let rows = try numbers.enumerated().map { index, number in
            Batch.Row.scheduled(
                Call(
                    id: CallID(rawValue: "\(calls)_\(index)"), organization: Self.acme, agent: Self.agentID,
                    batch: batch,
                    contact: Contact(phone: try #require(PhoneNumber(number))), dueAt: now, createdAt: now))
        }
        return Batch(
            id: batch, organization: Self.acme, agent: Self.agentID, name: nil, createdAt: now,
            stopOnError: stopOnError, rows: rows)
    }
}
