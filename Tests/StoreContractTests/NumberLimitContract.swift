import CallControl
import CallCore
import Testing

/// How often an organization may have one number dialled, as every store keeps it.
@Suite struct NumberLimitContract {
    private static let other = OrganizationID(rawValue: "other")
    private static let othersAgent = AgentID(rawValue: "00000000-0000-4000-8000-0000000000a2")
    private static let ann = "+15005550001"
    private static let bob = "+15005550002"
    private static let hour = NumberLimit(dials: 2, window: .seconds(3600))

    private func limits(_ number: NumberLimit? = hour) -> DialLimits {
        var limits = DialLimits(maxLive: 1000, dialsPerSecond: 10_000_000)
        limits.number = number
        return limits
    }

    private func admit(_ shelf: Shelf, _ number: NumberLimit? = hour, at now: Moment = Shelf.now) async throws
        -> [DialLease]
    {
        try await shelf.admit(100, under: limits(number), at: now).compactMap(\.dial)
    }

    private func send(_ shelf: Shelf, _ lease: DialLease, at now: Moment = Shelf.now) async throws {
        let decided = try await shelf.receive(
            .sendDial(deadline: now + .seconds(34), LiveKitIDs()), by: lease.call.id, about: lease.room, at: now)
        #expect(decided?.verdict == .moved)
    }

    private func due(_ shelf: Shelf, _ call: String) async throws -> Moment {
        try await shelf.record(call).call.dueAt
    }

    /// In one transaction, too, whose own dials nobody has written yet.
    @Test(arguments: StoreUnderTest.allCases)
    func noMoreThanMayAreBegunAndTheRestWaitsForTheNumber(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 1...4 { try await shelf.addCall("call_\(number)", number: Self.ann) }
        try await shelf.addCall("call_bob", number: Self.bob)
        let first = try await admit(shelf)
        #expect(first.count { $0.call.contact.phone.e164 == Self.ann } == 2)
        #expect(first.count == 3)
        // They may leave any moment, or never.
        let waiting = ["call_1", "call_2", "call_3", "call_4"].filter { id in
            !first.contains { $0.call.id.rawValue == id }
        }
        let soon = Shelf.now + .seconds(10)
        for call in waiting {
            let record = try await shelf.record(call)
            #expect(record.call.dueAt == soon && record.call.attempts.isEmpty && record.queue?.state == .scheduled)
        }
        // Not in the order in which they were begun.
        var oldest = Moment.never
        for (place, lease) in first.enumerated() {
            let at = Shelf.now + .seconds(Int64(9 - place))
            try await send(shelf, lease, at: at)
            if lease.call.contact.phone.e164 == Self.ann { oldest = min(oldest, at) }
        }
        #expect(try await admit(shelf, at: soon).isEmpty)
        let opening = oldest + .seconds(3602)
        for call in waiting { #expect(try await due(shelf, call) == opening) }
        #expect(try await shelf.store.nextWakes().call == opening)
        #expect(try await admit(shelf, at: opening - .milliseconds(1)).isEmpty)
        #expect(try await admit(shelf, at: opening).count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func withoutALimitNothingIsCounted(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 1...9 { try await shelf.addCall("call_\(number)", number: Self.ann) }
        #expect(try await admit(shelf, nil).count == 9)
    }

    /// Neither another organization's dials nor those to another number count.
    @Test(arguments: StoreUnderTest.allCases)
    func eachOrganizationHasItsOwnCountOfEachNumber(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        try await shelf.addAgent(Self.othersAgent, of: Self.other)
        for number in 1...3 {
            try await shelf.addCall("call_\(number)", number: Self.ann)
            try await shelf.addCall("call_bob_\(number)", number: Self.bob)
            try await shelf.addCall(
                "call_other_\(number)", agent: Self.othersAgent, organization: Self.other, number: Self.ann)
        }
        let admitted = try await admit(shelf)
        let counts = Dictionary(grouping: admitted) { "\($0.call.organization) \($0.call.contact.phone.e164)" }
        #expect(counts.mapValues(\.count).values.sorted() == [2, 2, 2])
    }

    /// What was withdrawn before it left rang nobody.
    @Test(arguments: StoreUnderTest.allCases)
    func whatWasCancelledBeforeItsDialDoesNotCount(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 1...3 { try await shelf.addCall("call_\(number)", number: Self.ann) }
        let first = try await admit(shelf)
        #expect(first.count == 2)
        for lease in first {
            try await shelf.receive(.cancel(shelf.cancellation()), by: lease.call.id, about: lease.room)
        }
        #expect(try await admit(shelf, at: Shelf.now + .seconds(10)).count == 1)
    }

    /// Whatever became of it.
    @Test(arguments: StoreUnderTest.allCases)
    func whatWasSentCountsHoweverItEnded(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let ends: [CallEvent] = [.failed(.internal), .cancel(shelf.cancellation())]
        for (number, end) in ends.enumerated() {
            try await shelf.addCall("call_\(number)", number: Self.ann)
            let lease = try #require(try await admit(shelf).first)
            try await send(shelf, lease)
            try await shelf.receive(end, by: lease.call.id, about: lease.room)
        }
        try await shelf.addCall("call_third", number: Self.ann)
        #expect(try await admit(shelf).isEmpty)
        #expect(try await due(shelf, "call_third") == Shelf.now + .seconds(3602))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aRetryIsADialLikeAnyOther(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let plan = RetryPlan(maxRetries: 3, times: .after([.seconds(60)]))
        try await shelf.addCall("call_1", number: Self.ann, retries: plan)
        var now = Shelf.now
        for _ in 0..<2 {
            let lease = try #require(try await admit(shelf, at: now).first)
            try await send(shelf, lease, at: now)
            let over = try await shelf.receive(
                .failed(.answered(sip: 486)), by: lease.call.id, about: lease.room,
                claimingUntil: now + .seconds(8), at: now + .seconds(5))
            let hangUp = try #require(over?.terminations.first)
            let isSettled = try await shelf.store.settle(.verified, of: hangUp, at: now + .seconds(6))
            #expect(isSettled)
            now = now + .seconds(65)
        }
        #expect(try await admit(shelf, at: now).isEmpty)
        let record = try await shelf.record("call_1")
        #expect(record.call.dueAt == Shelf.now + .seconds(3602))
        #expect(record.call.attempts.count == 2)
        #expect(try await admit(shelf, at: Shelf.now + .seconds(3602)).count == 1)
    }

    @Test(arguments: StoreUnderTest.allCases)
    func itsWindowsHoldAfterIt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        // Open from noon, which is now, to half past twelve.
        let window = try #require(CallWindow(start: 720, end: 750, zone: .utc))
        for number in 1...3 { try await shelf.addCall("call_\(number)", number: Self.ann, windows: [window]) }
        for lease in try await admit(shelf) { try await send(shelf, lease) }
        #expect(try await admit(shelf, at: Shelf.now + .seconds(10)).isEmpty)
        #expect(try await due(shelf, "call_3") == Shelf.now + .seconds(86_400))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func aStopGoesBeforeIt(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 1...3 { try await shelf.addCall("call_\(number)", number: Self.ann) }
        for lease in try await admit(shelf) { try await send(shelf, lease) }
        try await shelf.addCall("call_4", number: Self.ann)
        _ = try await shelf.stop("stop_1", queue: .hold)
        #expect(try await admit(shelf).isEmpty)
        #expect(try await due(shelf, "call_4") == Shelf.now)
    }

    /// What a process has begun counts for the one that comes after it.
    @Test(arguments: StoreUnderTest.allCases)
    func aRestartForgetsNoDial(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 1...3 { try await shelf.addCall("call_\(number)", number: Self.ann) }
        let first = try await admit(shelf)
        try await send(shelf, try #require(first.first))
        let next = Shelf(store: try shelf.reopened(), reopened: nil)
        #expect(try await admit(next, at: Shelf.now + .seconds(10)).isEmpty)
        let phone = try #require(PhoneNumber(Self.ann))
        let dials = try await next.store.dials(
            to: phone, of: Shelf.acme, under: Self.hour, at: Shelf.now + .seconds(10))
        #expect(dials == NumberDials(sent: [Shelf.now], planned: 1))
    }

    /// Newer ones are enough: however many there were, only so many are read.
    @Test(arguments: StoreUnderTest.allCases)
    func ofManyDialsTheNewestSayWhenTheNumberOpens(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        for number in 0..<130 {
            let at = Shelf.now + .seconds(Int64(number))
            try await shelf.addCall("call_\(number)", due: at, created: at, number: Self.ann)
            let lease = try #require(try await admit(shelf, nil, at: at).first)
            try await send(shelf, lease, at: at)
        }
        let now = Shelf.now + .seconds(130)
        let phone = try #require(PhoneNumber(Self.ann))
        let dials = try await shelf.store.dials(to: phone, of: Shelf.acme, under: Self.hour, at: now)
        #expect(dials.sent.count == 102)
        #expect(Self.hour.opening(after: dials, at: now) == Shelf.now + .seconds(128 + 3602))
        let later = try await shelf.store.dials(
            to: phone, of: Shelf.acme, under: Self.hour, at: now + .seconds(9 * 86_400))
        #expect(later.sent.isEmpty)
    }

    @Test(arguments: StoreUnderTest.shared)
    func manyNodesAtOnceBeginNoMoreThanMay(_ kind: StoreUnderTest) async throws {
        let first = try kind.make()
        try await first.addAgent()
        for number in 0..<60 { try await first.addCall("call_\(number)", number: Self.ann) }
        var nodes = [first]
        for _ in 0..<2 { nodes.append(Shelf(store: try first.reopened(), reopened: nil)) }
        let all = nodes
        let limit = NumberLimit(dials: 7, window: .seconds(3600))
        let admitted = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<30 { group.addTask { try await admit(all[number % all.count], limit).count } }
            // Who came while another was at it may have been told none.
            return try await group.reduce(0, +) + admit(first, limit).count
        }
        #expect(admitted == 7)
    }
}
