import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import Logging
import SQLiteStore
import TestSupport
import Testing

@Suite("GET /api/v1/calls")
struct ListTests {
    private func walk(_ house: House, _ query: String, limit: Int) async throws -> [String] {
        var ids: [String] = []
        var cursor = ""
        for _ in 0..<500 {
            let reply = try await house.send(.get, "/api/v1/calls?limit=\(limit)\(query)\(cursor)")
            #expect(reply.status == 200, "\(reply.text)")
            ids += reply.data["calls"].array.compactMap { $0["id"].string }
            let next = reply.data["pagination"]["nextCursor"]
            #expect(reply.data["pagination"]["hasMore"].bool == (next.string != nil))
            guard let text = next.string else { return ids }
            cursor = "&cursor=\(text)"
        }
        return ids
    }

    @Test("A walk with cursors over 250 calls sees each call once, in both orders, with calls coming in meanwhile")
    func walks() async throws {
        let house = try await House()
        var made: [String] = []
        for index in 0..<250 {
            made.append(try await house.scheduled())
            // Many share one millisecond, so that the time alone cannot tell them apart.
            if index % 60 == 59 { house.clock.advance(by: .milliseconds(1)) }
        }
        #expect(try await walk(house, "", limit: 100) == made.reversed())
        #expect(try await walk(house, "&sortOrder=asc", limit: 7) == made)
        #expect(try await walk(house, "&sortBy=scheduledAt&sortOrder=asc", limit: 33) == made)
        let first = try await house.send(.get, "/api/v1/calls?limit=100")
        let cursor = try #require(first.data["pagination"]["nextCursor"].string)
        house.clock.advance(by: .seconds(1))
        let late = try await house.scheduled()
        let second = try await house.send(.get, "/api/v1/calls?limit=100&cursor=\(cursor)")
        let ids = (first.data["calls"].array + second.data["calls"].array).compactMap { $0["id"].string }
        #expect(ids == made.reversed().prefix(200).map { $0 })
        #expect(!ids.contains(late))
        #expect(first.data["pagination"]["total"].int == 250)
        #expect(first.data["pagination"]["totalIsEstimate"].bool == false)
    }

    @Test("A walk with offsets sees each call once")
    func offsets() async throws {
        let house = try await House()
        var made: [String] = []
        for _ in 0..<25 { made.append(try await house.scheduled()) }
        var ids: [String] = []
        for offset in stride(from: 0, to: 30, by: 10) {
            let reply = try await house.send(.get, "/api/v1/calls?limit=10&offset=\(offset)")
            #expect(reply.data["pagination"]["hasMore"].bool == (offset < 20))
            #expect(reply.data["pagination"]["offset"].int == offset)
            ids += reply.data["calls"].array.compactMap { $0["id"].string }
        }
        #expect(ids == made.reversed())
    }

    @Test("Beyond 10,000 calls the total is an estimate, and says so")
    func estimate() async throws {
        let house = try await House()
        let number = try #require(PhoneNumber("+15005550001"))
        for index in 0..<10_200 {
            let call = Call(
                id: CallID(rawValue: "call_\(index)"), organization: House.organization, agent: house.agent,
                contact: Contact(phone: number), dueAt: house.clock.now, createdAt: house.clock.now)
            _ = try await house.store.insert(call, for: .commandLine(for: House.organization))
            guard index == 9_999 || index == 10_000 || index == 10_199 else { continue }
            let pagination = try await house.send(.get, "/api/v1/calls?limit=1&offset=9999").data["pagination"]
            #expect(pagination["totalIsEstimate"].bool == (index > 9_999))
            #expect(pagination["hasMore"].bool == (index > 9_999))
            let total = try #require(pagination["total"].int)
            #expect(index == 9_999 ? total == 10_000 : total >= 10_001 && total < 11_000, "\(total)")
        }
    }

    @Test("A cursor that was changed, cut, made up or is another organization's is 400")
    func tampered() async throws {
        let house = try await House()
        for _ in 0..<3 { _ = try await house.scheduled() }
        let reply = try await house.send(.get, "/api/v1/calls?limit=1")
        let cursor = try #require(reply.data["pagination"]["nextCursor"].string)
        #expect(try await house.send(.get, "/api/v1/calls?cursor=\(cursor)").status == 200)
        var bad = ["x", "AAAA", String(cursor.dropLast()), cursor + "A", "%00", String(repeating: "A", count: 32)]
        for index in cursor.indices {
            var changed = cursor
            changed.replaceSubrange(index...index, with: cursor[index] == "B" ? "C" : "B")
            bad.append(changed)
        }
        for text in bad {
            let answer = try await house.send(.get, "/api/v1/calls?cursor=\(text)")
            #expect(answer.status == 400 && answer.isErrorShape, "\(text)")
        }
        #expect(try await house.send(.get, "/api/v1/calls?cursor=\(cursor)", key: .stranger).status == 400)
        #expect(try await house.send(.get, "/api/v1/calls?cursor=\(cursor)&sortOrder=asc").faults == ["cursor"])
        #expect(try await house.send(.get, "/api/v1/calls?cursor=\(cursor)&offset=1").faults == ["offset"])
        #expect(try await house.send(.get, "/api/v1/calls?cursor=\(cursor)&sortOrder=desc").status == 200)
    }

    @Test(
        "A parameter or value that is not known is 400 and named",
        arguments: [
            ("limit=0", "limit"), ("limit=101", "limit"), ("limit=ten", "limit"), ("limit=", "limit"),
            ("limit=1e1", "limit"),
            ("limit=99999999999999999999", "limit"), ("limit=5&limit=6", "limit"), ("offset=-1", "offset"),
            ("offset=x", "offset"),
            ("status=done", "status"), ("status=active,done", "status"), ("status=", "status"),
            ("status=active,", "status"),
            ("direction=up", "direction"), ("sortBy=name", "sortBy"), ("sortOrder=down", "sortOrder"),
            ("agentId=7", "agentId"), ("phoneNumber=555", "phoneNumber"), ("startDate=2026-03-01", "startDate"),
            ("endDate=2026-03-01T00:00:00", "endDate"), ("endDate=yesterday", "endDate"),
            ("batchId=batch/1", "batchId"),
            ("nonesuch=1", "nonesuch"), ("agentid=x", "agentid"), ("q=", "q"), ("q=%ff", "query"), ("%zz=1", "query"),
            ("q=%00", "query"),
        ])
    func faults(_ query: String, _ name: String) async throws {
        let house = try await House()
        let reply = try await house.send(.get, "/api/v1/calls?\(query)")
        #expect(reply.status == 400)
        #expect(reply.isErrorShape)
        #expect(reply.faults == [name], "\(reply.text)")
    }

    @Test("An unknown value is answered with what is allowed")
    func allowed() async throws {
        let house = try await House()
        let reply = try await house.send(.get, "/api/v1/calls?status=done")
        #expect(
            reply.message
                == "status must be one of initiated, connecting, ringing, active, completed, failed, cancelled, no_answer, busy"
        )
        #expect(
            try await house.send(.get, "/api/v1/calls?stauts=active").message
                == "Unknown query parameter stauts (did you mean status?)")
    }

    @Test("Filters find what they name, alone and together")
    func filters() async throws {
        let house = try await House()
        let start = house.clock.now
        let waiting = try await house.scheduled(#","contactName":"Grace Hopper","contactEmail":"grace@example.org""#)
        let ringing = try await house.call(.ringing)
        let active = try await house.call(.active)
        let busy = try await house.call(.busy)
        func ids(_ query: String) async throws -> Set<String> {
            let reply = try await house.send(.get, "/api/v1/calls?\(query)")
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.data["pagination"]["total"].int == reply.data["calls"].array.count)
            return Set(reply.data["calls"].array.compactMap { $0["id"].string })
        }
        #expect(try await ids("") == [waiting, ringing, active, busy])
        #expect(try await ids("status=active") == [active])
        #expect(try await ids("status=active&status=ringing") == [active, ringing])
        #expect(try await ids("status=active,ringing&status=busy") == [active, ringing, busy])
        #expect(try await ids("agentId=\(house.agent)&status=initiated") == [waiting])
        #expect(try await ids("agentId=\(house.agent.rawValue.uppercased())&limit=100").count == 4)
        #expect(try await ids("agentId=\(house.strangersAgent)") == [])
        #expect(try await ids("direction=inbound") == [])
        #expect(try await ids("direction=outbound").count == 4)
        #expect(try await ids("phoneNumber=%2B15005550001").count == 4)
        #expect(try await ids("phoneNumber=+15005550100").count == 4)
        #expect(try await ids("phoneNumber=+15005550002") == [])
        #expect(try await ids("q=grace+hop") == [waiting])
        #expect(try await ids("q=GRACE%40exa") == [waiting])
        #expect(try await ids("q=hopper") == [])
        #expect(try await ids("startDate=\(start)&endDate=\(start)").contains(waiting))
        #expect(try await ids("endDate=\(start - .milliseconds(1))") == [])
        #expect(try await ids("startDate=\(start + .milliseconds(1))").contains(waiting) == false)
    }

    @Test("A call in the list has exactly the documented members")
    func members() async throws {
        let house = try await House()
        _ = try await house.call(.completed)
        let reply = try await house.send(.get, "/api/v1/calls")
        let call = reply.data["calls"][0]
        #expect(
            call.names == [
                "agent", "batchId", "contact", "createdAt", "direction", "duration", "endedAt", "id", "outcome",
                "phoneNumber",
                "priority", "scheduledAt", "status", "twilioCallSid",
            ])
        #expect(call["agent"].names == ["id", "name"])
        #expect(call["contact"].names == ["email", "name", "phone"])
        #expect(call["duration"].int == 5)
        #expect(call["scheduledAt"].isNull)
        #expect(
            reply.data["pagination"].names == ["hasMore", "limit", "nextCursor", "offset", "total", "totalIsEstimate"])
        #expect(reply.data["pagination"]["nextCursor"].isNull)
    }
}
