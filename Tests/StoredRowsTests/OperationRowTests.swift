import CallControl
import CallCore
import StoredRows
import Testing

/// How an operation is written down, and how its calls are cut into chunks.
@Suite struct OperationRowTests {
    @Test func aFilterComesBackAsItWas() throws {
        var query = CallQuery(organization: Samples.acme)
        query.agent = AgentID(rawValue: "a")
        query.batch = BatchID(rawValue: "b")
        query.statuses = [.ringing, .initiated]
        query.phone = try Samples.phone()
        query.from = Samples.now
        query.to = Samples.now + .seconds(1)
        query.prefix = "Zo%"
        #expect(try selection(.filter(query)) == CallSelection(query))
        #expect(try selection(.ids([CallID(rawValue: "call_1")])) == nil)
    }

    @Test func aScopeConcernsTheCalledNumberOnlyAndAListAlsoTheCallersOwn() throws {
        let dialect = CallFilter.Dialect(like: "ILIKE", elements: "SELECT x(?)", placeholder: { "$\($0)" })
        let phone = try Samples.phone()
        let scope = try #require(try selection(.scope(.phone(phone))))
        let filter = CallFilter(scope, dialect, preceding: 2)
        #expect(filter.condition == "c.organization = $3 AND c.phone = $4")
        #expect(filter.values == ["acme", phone.e164])
        let two = try [phone, #require(PhoneNumber("+15005550002"))]
        let several = CallFilter(try #require(try selection(.numbers(two))), dialect, preceding: 2)
        #expect(several.condition == "c.organization = $3 AND (c.phone IN (SELECT x($4))) IS TRUE")
        #expect(several.values == ["acme", #"["\#(two[0].e164)","\#(two[1].e164)"]"#])
        #expect(try selection(.numbers([phone])) == scope)
        var query = CallQuery(organization: Samples.acme)
        query.phone = phone
        query.statuses = [.ringing, .active]
        query.prefix = "100%"
        let list = CallFilter(CallSelection(query), dialect)
        #expect(
            list.condition == """
                c.organization = $1 AND c.status IN ($2, $3) AND (c.phone = $4 OR c.caller_id = $5) \
                AND (c.contact_name ILIKE $6 ESCAPE '\\' OR c.contact_email ILIKE $7 ESCAPE '\\')
                """)
        #expect(list.values == ["acme", "active", "ringing", phone.e164, phone.e164, "100\\%%", "100\\%%"])
    }

    @Test(arguments: [(0, [0]), (1, [1]), (250, [250]), (251, [250, 1]), (750, [250, 250, 250])])
    func aListIsWrittenInBlocks(_ count: Int, _ blocks: [Int]) throws {
        let ids = (0..<count).map { CallID(rawValue: "call_\($0)") }
        let rows = try StoredTarget.insertRows(.ids(ids), of: OperationID(rawValue: "op_1"))
        #expect(rows.map { $0[1] } == blocks.indices.map { .number(Int64($0)) })
        #expect(
            rows.map { $0[3].text?.split(separator: ",").filter { $0.contains("call_") }.count } == blocks)
    }

    @Test(arguments: [
        (Stop.Live.hangup, 0, 40), (.leave, 1, 40),
    ])
    func liveCallsComeFirstWhereTheyAreHungUp(_ live: Stop.Live, _ stage: Int64, _ horizon: Int64) throws {
        let operation = try stored(Samples.operation(.scope(.all), live), newest: 40)
        #expect(operation.place == StoredOperation.Place(stage: stage, cursor: 0))
        #expect(operation.horizon == horizon)
        #expect(operation.caller == Samples.caller)
        #expect(operation.counts == OperationCounts() && !operation.isDone)
        let list = try stored(Samples.operation(.ids([CallID(rawValue: "x")]), live), newest: 40)
        #expect(list.place.stage == 1 && list.horizon == 1)
    }

    @Test func aChunkEndsWithTheLastLiveCallThatItHasTimeFor() throws {
        let operation = try stored(Samples.operation(.scope(.all)), newest: 1000)
        let live = (1...100).map { call(Int64($0), phase: 4) }
        let chunk = OperationChunk(open: live, upTo: 1000, of: operation)
        #expect(chunk.calls.count == ChunkSize.live)
        #expect(chunk.next == StoredOperation.Place(stage: 1, cursor: Int64(ChunkSize.live)))
        #expect(OperationChunk(live: live, found: live.count, of: operation).next?.stage == 0)
        #expect(OperationChunk(live: Array(live.prefix(3)), found: 3, of: operation).next?.stage == 1)
        let few = OperationChunk(open: [call(1, phase: 0), call(2, phase: 5)], upTo: 1000, of: operation)
        #expect(few.next == nil)
        #expect(few.calls.map(\.fate) == [.hold, .isOver])
        #expect(few.keysToHold == [1])
        let middle = OperationChunk(open: [call(1, phase: 0)], upTo: 400, of: operation)
        #expect(middle.next?.cursor == 400)
        let ids = (0..<3).map { CallID(rawValue: "call_\($0)") }
        let listed = try stored(Samples.operation(.ids(ids)), newest: 0)
        #expect(OperationChunk(listed: [call(1, phase: 0)], of: listed).next?.cursor == 1)
        #expect(OperationChunk(listed: (1...3).map { call($0, phase: 0) }, of: listed).next == nil)
    }

    @Test func whatBecameOfACallComesBackAndIsCounted() throws {
        let operation = try stored(Samples.operation(.scope(.all), .leave), newest: 9)
        let chunk = OperationChunk(
            open: [call(1, phase: 0), call(2, phase: 1), call(3, phase: 4), call(4, phase: 5), call(5, phase: nil)],
            upTo: 9, of: operation)
        #expect(chunk.calls.map(\.fate) == [.hold, .hold, .leave, .isOver, .isNotThere])
        var counts = OperationCounts()
        for item in chunk.calls { counts.count(item.fate) }
        #expect(counts == OperationCounts(matched: 5, cancelled: 0, notCancellable: 3, held: 2))
        let values = StoredResult.insertValues(
            chunk.calls[2], of: operation.id, position: 3, room: RoomName(rawValue: "r"))
        let row = WrittenRow(StoredResult.columns, of: StoredResult.insertColumns, values)
        #expect(
            try StoredResult.result(row, of: operation.id)
                == OperationResult(position: 3, call: CallID(rawValue: "call_3"), outcome: .left, status: .active))
    }

    private func selection(_ target: CallControl.Operation.Target) throws -> CallSelection? {
        try StoredTarget.selection(target, of: Samples.acme)
    }

    private func stored(_ operation: CallControl.Operation, newest: Int64) throws -> StoredOperation {
        let values = StoredOperation.insertValues(operation, for: Samples.caller, newest: { newest })
        return try StoredOperation(
            WrittenRow(StoredOperation.columns, of: StoredOperation.insertColumns, values), id: operation.id)
    }

    /// A row as a chunk reads it; `phase` nil: there is no such call.
    private func call(_ key: Int64, phase: Int64?) -> WrittenRow {
        WrittenRow([
            phase == nil ? .null : .number(key), .text("call_\(key)"), phase.map { .number($0) } ?? .null,
            phase == nil ? .null : .text("active"),
        ])
    }
}

extension StoredValue {
    fileprivate var text: String? { if case .text(let text) = self { text } else { nil } }
}
