import CallControl
import CallCore
import HTTPAPI
import HTTPTypes
import HummingbirdTesting
import SQLiteStore
import TestSupport
import Testing

@Suite("What was done, and by whom")
struct AuditTests {
    @Test("The log shows a cancel with its key, its reason and its request, and its hashes hang together")
    func cancel() async throws {
        let house = try await House()
        let id = try await house.call(.active)
        _ = try await house.send(
            .delete, "/api/v1/calls/\(id)", #"{"reason":"they \"asked\" for it"}"#, headers: ["x-request-id": "req-77"])
        let reply = try await house.send(.get, "/api/v1/audit")
        #expect(reply.status == 200)
        let entries = reply.data["entries"].array
        // Four keys and an agent by the house itself.
        #expect(entries.map { $0["sequence"].int } == [1, 2, 3, 4, 5, 6])
        #expect(reply.data["nextAfter"].isNull)
        let last = try #require(entries.last)
        #expect(
            last.names == [
                "action", "actor", "address", "after", "before", "detail", "hash", "reason", "requestId", "sequence",
                "subject", "timestamp",
            ])
        #expect(last["action"].string == "call.cancel")
        #expect(last["actor"].string == house.adminKey.rawValue)
        #expect(last["subject"].string == id)
        #expect((last["before"].string, last["after"].string) == ("active", "cancelled"))
        #expect(last["reason"].string == #"they "asked" for it"#)
        #expect(last["requestId"].string == "req-77")
        #expect(last["timestamp"].string == house.clock.now.description)
        #expect(last["detail"].isNull)
        #expect(entries[4]["detail"]["name"].string == "Ada")
        var check = ChainCheck(expecting: [try #require([UInt8](hex: last["hash"].string ?? ""))])
        for entry in try await house.store.auditEntries(of: House.organization, after: 0, limit: 100) {
            check.take(entry)
        }
        #expect(check.fault == nil && check.expected.isEmpty)
    }

    @Test("It is read page by page")
    func pages() async throws {
        let house = try await House()
        let first = try await house.send(.get, "/api/v1/audit?limit=2")
        #expect(first.data["entries"].array.map { $0["sequence"].int } == [1, 2])
        #expect(first.data["nextAfter"].int == 2)
        let rest = try await house.send(.get, "/api/v1/audit?after=2&limit=3")
        #expect(rest.data["entries"].array.map { $0["sequence"].int } == [3, 4, 5])
        #expect(rest.data["nextAfter"].isNull)
        for query in ["limit=0", "limit=1001", "after=-1", "after=x", "before=1"] {
            #expect(try await house.send(.get, "/api/v1/audit?\(query)").status == 400, "\(query)")
        }
    }

    @Test("Over a socket it knows where the request came from")
    func address() async throws {
        let house = try await House()
        let id = try await house.scheduled()
        try await house.app.test(.live) { client in
            let port = try #require(client.port)
            let answer = try await Wire.talk(
                port,
                [
                    "DELETE /api/v1/calls/\(id) HTTP/1.1\r\nhost: a\r\nx-api-key: \(house.admin)\r\n"
                        + "x-forwarded-for: 203.0.113.9\r\nconnection: close\r\n\r\n"
                ])
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
        let entries = try await house.store.auditEntries(of: House.organization, after: 0, limit: 100)
        #expect(["127.0.0.1", "::1"].contains(entries.last?.address))
        #expect(entries.last?.request?.hasPrefix("req_") == true)
    }

    @Test("A call's history is in order, page by page, and says the status of each step")
    func events() async throws {
        let house = try await House()
        let id = try await house.call(.cancelled)
        let reply = try await house.send(.get, "/api/v1/calls/\(id)/events")
        let events = reply.data["events"].array
        #expect(events.map { $0["sequence"].int } == [1, 2, 3])
        #expect(events.map { $0["event"].string } == ["call.created", "call.connecting", "call.cancelled"])
        #expect(events.map { $0["status"].string } == ["initiated", "connecting", "cancelled"])
        #expect(events[2]["timestamp"].string == house.clock.now.description)
        #expect(events[0].names == ["event", "sequence", "status", "timestamp"])
        #expect(reply.data["nextAfter"].isNull)
        let page = try await house.send(.get, "/api/v1/calls/\(id)/events?after=1&limit=1")
        #expect(page.data["events"].array.map { $0["sequence"].int } == [2])
        #expect(page.data["nextAfter"].int == 2)
        #expect(try await house.send(.get, "/api/v1/calls/call_none/events").status == 404)
        #expect(try await house.send(.get, "/api/v1/calls/\(id)/events", key: .stranger).status == 403)
        #expect(try await house.send(.get, "/api/v1/calls/\(id)/events?limit=1001").status == 400)
    }
}
