import NIOConcurrencyHelpers
import PostgresStore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct TelegraphTests {
    /// Two nodes on one database; the stream has what the second one heard.
    private func between(_ talk: (Telegraph, AsyncStream<String?>) async throws -> Void) async throws {
        let url = try PostgresForTests.newDatabase()
        let (here, there) = (Telegraph(url, node: "here"), Telegraph(url, node: "there"))
        let (heard, hear) = AsyncStream.makeStream(of: String?.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await here.run { _ in } }
            group.addTask { await there.run { hear.yield($0) } }
            try await talk(here, heard)
            group.cancelAll()
        }
        hear.finish()
    }

    @Test func whatIsToldIsHeardByTheOtherNode() async throws {
        try await between { here, heard in
            var heard = heard.makeAsyncIterator()
            // It listens now, and what was told before is lost.
            #expect(await heard.next() == .some(nil))
            here.tell("calls")
            #expect(await heard.next() == "calls")
            here.tell("operations")
            #expect(await heard.next() == "operations")
        }
    }

    @Test func whatIsToldInOneBreathIsOneMessage() async throws {
        try await between { here, heard in
            var heard = heard.makeAsyncIterator()
            _ = await heard.next()
            for _ in 0..<1000 { here.tell("calls") }
            here.tell("end")
            var messages = 0
            while let topic = await heard.next(), topic != "end" { messages += 1 }
            // One that went out with the first word, and one for all that was told while it was on its way.
            #expect((1...20).contains(messages))
        }
    }

    @Test func nobodyHearsHimself() async throws {
        let url = try PostgresForTests.newDatabase()
        let alone = Telegraph(url, node: "alone")
        let topics = NIOLockedValueBox<[String?]>([])
        let (listens, listening) = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await alone.run { topic in
                    topics.withLockedValue { $0.append(topic) }
                    listening.yield()
                }
            }
            var turns = listens.makeAsyncIterator()
            await turns.next()
            alone.tell("calls")
            // Another one's message comes after its own would have.
            let other = Telegraph(url, node: "other")
            group.addTask { await other.run { if $0 == nil { other.tell("done") } } }
            while topics.withLockedValue({ $0.last }) != "done" { await turns.next() }
            group.cancelAll()
        }
        #expect(topics.withLockedValue { $0 } == [nil, "done"])
    }
}
