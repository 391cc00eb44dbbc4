import CallControl
import CallCore
import StoredRows
import Testing

/// What is written of an agent, a key, a stop and the like comes back as it was, and no list has a value too many.
@Suite struct RowTests {
    @Test func anAgentComesBackAsItWas() throws {
        let agent = try Samples.agent()
        let row = WrittenRow(StoredAgent.columns, of: StoredAgent.insertColumns, StoredAgent.insertValues(agent))
        #expect(try StoredAgent.agent(row) == agent)
    }

    @Test func aKeyComesBackAsItWas() throws {
        let key = APIKey(
            id: KeyID(rawValue: "key_1"), organization: Samples.acme, name: "k", role: .viewer, createdAt: Samples.now,
            expiresAt: Samples.now + .seconds(60), revokedAt: Samples.now + .seconds(1))
        let row = WrittenRow(
            StoredKey.columns, of: StoredKey.insertColumns, StoredKey.insertValues(key, digest: [1, 2]),
            ["revoked": (Samples.now + .seconds(1)).stored])
        #expect(try StoredKey.key(row) == key)
    }

    @Test func entriesOfTheAuditLogFollowEachOtherAndComeBackAsTheyWere() {
        var head = StoredAudit.Head(nil as WrittenRow?)
        let first = head.append(
            AuditNote(.callCancel, on: "call_1", reason: "r", before: "a", after: "b", detail: "{}"),
            for: Samples.caller, at: Samples.now)
        let values = StoredAudit.insertValues(first)
        let row = WrittenRow(StoredAudit.columns, of: StoredAudit.insertColumns, values)
        #expect(StoredAudit.entry(row, of: Samples.acme) == first)
        let read = StoredAudit.Head(WrittenRow(StoredAudit.Head.columns, of: StoredAudit.insertColumns, values))
        #expect(read == head)
        let second = head.append(AuditNote(.callCancel, on: "call_2"), for: Samples.caller, at: Samples.now)
        #expect([first.sequence, second.sequence] == [1, 2])
        #expect(second.hash == AuditChain.hash(of: second, after: first.hash))
    }

    @Test func scopesComeBackAsTheyWereAndOneThatDoesNotAddUpIsCorrupt() throws {
        for scope in [
            StopScope.all, .agent(AgentID(rawValue: "a")), .batch(BatchID(rawValue: "b")), .phone(try Samples.phone()),
        ] {
            let release = Stop.Release(at: Samples.now, key: Samples.caller.key, reason: "over")
            let stop = Stop(
                id: StopID(rawValue: "stop_1"), organization: Samples.acme, scope: scope, live: .leave, queue: .hold,
                reason: "r", key: Samples.caller.key, at: Samples.now, until: Samples.now + .seconds(9),
                release: release)
            let drain = OperationID(rawValue: "op_1")
            let written = StoredStop.insertColumns + StoredStop.releaseColumns
            let values = StoredStop.insertValues(stop, draining: drain) + StoredStop.releaseValues(release)
            let row = WrittenRow(StoredStop.columns, of: written, values)
            #expect(try StoredStop.stop(row) == stop)
            #expect(StoredStop.drain(row) == drain)
            let broken = WrittenRow(StoredStop.columns, of: written, values, ["scope": .text("agent"), "value": .null])
            #expect(throws: Corrupt.self) { try StoredStop.stop(broken) }
        }
    }

    @Test func anAnswerIsForTheSameBodyOnly() {
        let once = Once(
            slot: Once.Slot(key: Samples.caller.key, method: "POST", path: "/", word: "w"), digest: [1, 2, 3],
            at: Samples.now, answer: { _ in StoredAnswer(status: 200, body: []) })
        let answer = StoredAnswer(status: 201, body: [7, 8])
        let values = StoredOnce.insertValues(once, answer: answer)
        #expect(values.count == StoredOnce.insertColumns.count)
        let row = WrittenRow(StoredOnce.columns, of: StoredOnce.insertColumns, values)
        #expect(StoredOnce.repetition(row, of: once) == .answered(answer))
        let other = WrittenRow(StoredOnce.columns, of: StoredOnce.insertColumns, values, ["digest": .bytes([9])])
        #expect(StoredOnce.repetition(other, of: once) == .anotherBody)
    }

    @Test func everyListOfValuesHasOneForEachColumn() throws {
        let call = try Samples.call(.waiting)
        let operation = Samples.operation(.scope(.all))
        let row = try StoredCall(
            WrittenRow(
                StoredCall.columns, of: StoredCall.insertColumns,
                StoredCall.insertValues(call, held: false, stopped: false)), attempts: [])
        let lists: [(Columns, StoredValues)] = [
            (StoredCall.insertColumns, StoredCall.insertValues(call, held: false, stopped: false)),
            (StoredCall.updateColumns, row.updateValues),
            (StoredAttempt.insertColumns, StoredAttempt.insertValues(Samples.attempt(1), ofCall: 1, call)),
            (StoredAttempt.updateColumns, StoredAttempt.updateValues(Samples.attempt(1))),
            (
                StoredEvent.insertColumns,
                StoredEvent.insertValues(.created, ofCall: 1, sequence: 1, at: Samples.now)
            ),
            (StoredAgent.insertColumns, StoredAgent.insertValues(try Samples.agent())),
            (StoredAgent.updateColumns, StoredAgent.updateValues(try Samples.agent())),
            (
                StoredOperation.insertColumns,
                StoredOperation.insertValues(operation, for: Samples.caller, newest: { 5 })
            ),
            (
                StoredTarget.insertColumns,
                try #require(try StoredTarget.insertRows(operation.target, of: operation.id).first)
            ),
        ]
        for (columns, values) in lists {
            #expect(columns.count == values.count, "\(columns)")
            #expect(Set(columns.names).count == columns.count, "\(columns)")
        }
    }
}
