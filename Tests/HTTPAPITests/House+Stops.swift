import CallControl
import CallCore
import HTTPTypes
import SQLiteStore
import TestSupport

extension House {
    /// The path of a route on things that are there; it makes those that it needs.
    func path(of route: Documented.Route, call: String) async throws -> String {
        route.path(
            call: call, agent: agent.rawValue, key: adminKey.rawValue,
            stop: route.path.contains("{stop}") ? try await stop() : "",
            operation: route.path.contains("{operation}") ? try await bulkCancel(#""ids":["call_none"]"#) : "",
            batch: route.path.contains("{batch}") ? try await batch() : "",
            suppression: route.path.contains("{suppression}") ? try await suppression() : "")
    }

    /// A number that is suppressed; no call of these tests is to it.
    func suppression(_ number: String = "+15005550009", _ more: String = "") async throws -> String {
        let reply = try await send(.post, "/api/v1/suppressions", #"{"phoneNumber":"\#(number)"\#(more)}"#)
        guard reply.status == 201, let id = reply.data["suppressions"][0]["id"].string else {
            throw Unexpected(reply: reply)
        }
        return id
    }

    /// A stop that is in force; concerns nobody unless told otherwise.
    func stop(_ scope: String = #"{"phoneNumber":"+15005550003"}"#, _ more: String = "") async throws -> String {
        let reply = try await send(.post, "/api/v1/stops", #"{"scope":\#(scope)\#(more)}"#)
        guard reply.status == 201, let id = reply.data["id"].string else { throw Unexpected(reply: reply) }
        return id
    }

    /// A batch of calls for tomorrow.
    func batch(of numbers: [String] = ["+15005550001"], _ more: String = "") async throws -> String {
        let calls = numbers.map { #"{"contactPhone":"\#($0)"}"# }.joined(separator: ",")
        let tomorrow = clock.now + .seconds(86_400)
        let reply = try await send(
            .post, "/api/v1/calls/batch",
            #"{"agentId":"\#(agent)","defaultScheduledAt":"\#(tomorrow)","calls":[\#(calls)]\#(more)}"#)
        guard reply.status == 201, let id = reply.data["batchId"].string else { throw Unexpected(reply: reply) }
        return id
    }

    /// An operation that nobody has begun to carry out.
    func bulkCancel(_ fields: String) async throws -> String {
        let reply = try await send(.post, "/api/v1/calls/cancel", "{\(fields)}")
        guard reply.status == 202, let id = reply.data["operationId"].string else { throw Unexpected(reply: reply) }
        return id
    }

    /// Does what the dispatcher's lane would do.
    func carryOut() async throws {
        while let id = try await store.openOperations().first { _ = try await store.advance(id, at: clock.now) }
    }
}
