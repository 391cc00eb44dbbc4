import CallControl
import CallCore
import TestSupport
import Testing

/// The rule of admission, without a store.
@Suite struct PacingTests {
    private static let now = MovableClock().now
    private static let acme = OrganizationID(rawValue: "acme")
    private static let bmce = OrganizationID(rawValue: "bmce")

    private func agent(
        _ id: String, of organization: OrganizationID = acme, trunk: String? = nil, rate: Double? = nil,
        live: Int? = nil
    ) -> Agent {
        Agent(
            id: AgentID(rawValue: id), organization: organization, name: id, trunkID: trunk, maxConcurrentCalls: live,
            callsPerSecond: rate, createdAt: Self.now)
    }

    private func pacing(
        _ agents: [Agent], live: [String: Int] = [:], after before: (Rotation, [DialGate: Pace]) = (Rotation(), [:]),
        at now: Moment = now,
        _ change: (inout DialLimits) -> Void = { _ in }
    ) -> Pacing {
        var limits = DialLimits(maxLive: 100, dialsPerSecond: 10_000_000)
        change(&limits)
        return Pacing(
            limits, rotation: before.0,
            agents: Dictionary(agents.map { ($0.id, $0) }) { first, _ in first },
            live: Dictionary(live.map { (AgentID(rawValue: $0), $1) }) { first, _ in first },
            paces: before.1, at: now)
    }

    private func head(
        _ agent: Agent, batch: String? = nil, priority: Int = 5, waited: Duration = .zero
    ) -> QueueHead {
        let queue = CallQueue(
            organization: agent.organization, agent: agent.id, batch: batch.map(BatchID.init(rawValue:)),
            priority: priority)
        return QueueHead(queue, due: Self.now - waited)
    }

    @Test func organizationsTakeTurnsHoweverManyQueuesOneHas() {
        let (mine, yours) = (agent("a"), agent("b", of: Self.bmce))
        let heads = (0..<9).map { head(mine, batch: "batch_\($0)") } + [head(yours)]
        let picks = pacing([mine, yours]).picks(heads, atMost: 10)
        let counts = Dictionary(grouping: picks, by: \.queue.organization).mapValues { $0.reduce(0) { $0 + $1.count } }
        #expect(counts == [Self.acme: 5, Self.bmce: 5])
        // Within one, its queues take turns too.
        #expect(picks.filter { $0.queue.organization == Self.acme }.map(\.count) == [1, 1, 1, 1, 1])
    }

    @Test func whoWasServedLastComesLastNextTime() {
        let agents = ["a", "b", "c"].map { agent($0, of: OrganizationID(rawValue: "org \($0)")) }
        let heads = agents.map { head($0) }
        var pacing = pacing(agents)
        var served: [String] = []
        for _ in 0..<6 {
            guard let pick = pacing.picks(heads, atMost: 1).first else { break }
            pacing.begin(pick.queue)
            served.append(pick.queue.agent.rawValue)
        }
        #expect(served == ["a", "b", "c", "a", "b", "c"])
    }

    /// Whatever the weights, in however small pieces it is admitted.
    @Test(arguments: 0..<30)
    func underBacklogTurnsAreAsTheWeights(_ seed: Int) {
        var chance = UInt64(seed &* 7919 &+ 13)
        func draw(_ range: ClosedRange<Int>) -> Int {
            chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int(chance >> 33) % range.count
        }
        let weights = (0..<draw(2...6)).map { _ in draw(1...(seed % 2 == 0 ? 5 : 100)) }
        let names = weights.indices.map { OrganizationID(rawValue: "org \($0)") }
        let agents = names.enumerated().map { agent("a\($0)", of: $1) }
        var pacing = pacing(agents, at: Self.now) { limits in
            limits.maxLive = 1_000_000
            for (name, weight) in zip(names, weights) { limits.organizations[name] = GateLimit(weight: weight) }
        }
        // Some have many queues, which gains them nothing.
        let heads = agents.enumerated().flatMap { number, agent in
            (0...number).map { head(agent, batch: "batch_\($0)", priority: ($0 + number) % 11) }
        }
        let whole = weights.reduce(0, +)
        var served = Array(repeating: 0, count: weights.count)
        var waited = served
        var turns = 0
        while turns < min(whole * 20, 600) {
            for pick in pacing.picks(heads, atMost: 1) {
                pacing.begin(pick.queue)
                turns += 1
                for place in names.indices { waited[place] += 1 }
                guard let place = names.firstIndex(of: pick.queue.organization) else { continue }
                served[place] += 1
                waited[place] = 0
            }
            for place in names.indices {
                let due = Double(turns * weights[place]) / Double(whole)
                #expect(abs(Double(served[place]) - due) <= Double(weights.count), "\(weights) \(served)")
                #expect(waited[place] <= whole / weights[place] + weights.count, "\(weights) \(served)")
            }
        }
    }

    /// Two who weigh 3 and 1 stand before a trunk of two a second; a third one passes by another, ten times as often.
    @Test(arguments: [false, true])
    func behindATrunkTurnsAreAsTheWeightsWhoeverPassesElsewhere(_ hasNeighbour: Bool) {
        let (heavy, light) = (agent("a", trunk: "ST_1"), agent("b", of: Self.bmce, trunk: "ST_1"))
        let neighbour = agent("c", of: OrganizationID(rawValue: "cmce"), trunk: "ST_2")
        let heads = [head(heavy), head(light)] + (hasNeighbour ? [head(neighbour)] : [])
        var before: (rotation: Rotation, paces: [DialGate: Pace]) = (Rotation(), [:])
        var turns: [AgentID: Int] = [:]
        for step in 0..<20_000 {
            var pacing = pacing(
                [heavy, light, neighbour], after: before, at: Self.now + .milliseconds(5 * Int64(step))
            ) {
                $0.maxLive = 1_000_000
                $0.dialsPerSecond = 20
                $0.organizations = [Self.acme: GateLimit(weight: 3)]
                $0.trunks = ["ST_1": GateLimit(callsPerSecond: 2)]
            }
            for pick in pacing.picks(heads, atMost: 10) {
                for _ in 0..<pick.count { pacing.begin(pick.queue) }
                turns[pick.queue.agent, default: 0] += pick.count
            }
            before = (pacing.rotation, before.paces.merging(pacing.moved) { $1 })
        }
        let (most, few) = (turns[heavy.id, default: 0], turns[light.id, default: 0])
        #expect((195...202).contains(most + few), "\(turns)")
        #expect(abs(most - 3 * few) <= 4, "\(turns)")
        #expect(!hasNeighbour || turns[neighbour.id, default: 0] > 1500, "\(turns)")
    }

    /// One who weighs 1 stands at the head of all before a trunk at which it is another's turn.
    @Test func whoseTurnItIsAtATrunkKeepsNobodyElsewhereWaiting() {
        let (small, big) = (agent("a", trunk: "ST_1"), agent("b", of: Self.bmce, trunk: "ST_1"))
        let elsewhere = agent("c", of: OrganizationID(rawValue: "cmce"))
        let heads = [small, big, elsewhere].map { head($0) }
        func pacing(_ rotation: Rotation, trunkIsFull: Bool) -> Pacing {
            self.pacing(
                [small, big, elsewhere], live: ["a": trunkIsFull ? 1000 : 0], after: (rotation, [:])
            ) {
                $0.maxLive = 1_000_000
                $0.organizations = [Self.bmce: GateLimit(weight: 100), elsewhere.organization: GateLimit(weight: 100)]
                $0.trunks = ["ST_1": GateLimit(maxLive: 1000)]
            }
        }
        var before = pacing(Rotation(), trunkIsFull: false)
        before.begin(heads[0].queue)
        // Nobody passes at the trunk for a while.
        before = pacing(before.rotation, trunkIsFull: true)
        for pick in before.picks(heads, atMost: 500) { for _ in 0..<pick.count { before.begin(pick.queue) } }
        let picks = pacing(before.rotation, trunkIsFull: false).picks(heads, atMost: 40)
        let counts = Dictionary(picks.map { ($0.queue.agent.rawValue, $0.count) }) { $0 + $1 }
        #expect((18...22).contains(counts["c", default: 0]), "\(counts)")
        #expect((18...22).contains(counts["b", default: 0]), "\(counts)")
    }

    @Test func whoCameInBetweenTwoReadingsWaitsForTheNextOne() {
        let (known, unknown) = (agent("a"), agent("b", live: 1))
        let pacing = pacing([known])
        let heads = [head(known), head(unknown), head(unknown, priority: 0)]
        #expect(pacing.picks(heads, atMost: 5).map(\.queue.agent) == [known.id])
        #expect(pacing.again([heads[1]]) == Self.now)
    }

    @Test func whoComesLaterHasSavedUpNoTurns() {
        let (mine, yours) = (agent("a"), agent("b", of: Self.bmce))
        var pacing = pacing([mine, yours]) { $0.organizations = [Self.bmce: GateLimit(weight: 3)] }
        for _ in 0..<50 { pacing.begin(head(mine).queue) }
        var served = ""
        for _ in 0..<9 {
            guard let pick = pacing.picks([head(mine), head(yours)], atMost: 1).first else { break }
            pacing.begin(pick.queue)
            served += pick.queue.agent.rawValue
        }
        #expect(served == "bbbabbbab")
    }

    @Test func withinAnOrganizationTheMoreUrgentGoesFirst() {
        let agent = agent("a")
        let heads = [head(agent, batch: "batch_1", waited: .seconds(59)), head(agent, priority: 4)]
        #expect(pacing([agent]).picks(heads, atMost: 3).map(\.queue.priority) == [4])
    }

    /// Of what waits for a minute, the priority counts as one less: the last of all comes to its turn in time.
    @Test(arguments: [(10, 599, 1), (10, 600, 0), (5, 59, 5), (5, 60, 4), (0, 5000, 0), (3, -10, 3)])
    func waitingMakesACallUrgent(_ priority: Int, _ seconds: Int, _ urgency: Int) {
        let head = head(agent("a"), priority: priority, waited: .seconds(seconds))
        #expect(head.urgency(at: Self.now) == urgency)
    }

    @Test func whatAGateDoesNotLetPassKeepsNobodyElseWaiting() {
        let (full, slow, free) = (agent("a", live: 2), agent("b", rate: 1), agent("c"))
        var pacing = pacing([full, slow, free], live: ["a": 1])
        let heads = [full, slow, free].map { head($0) }
        let picks = pacing.picks(heads, atMost: 10)
        #expect(picks.map(\.queue.agent.rawValue) == ["a", "b", "c"])
        #expect(picks.map(\.count) == [1, 1, 8])
        for pick in picks { for _ in 0..<pick.count { pacing.begin(pick.queue) } }
        // Two are live: that one opens with the end of a call. One a second: that one with the next second.
        #expect(pacing.again([heads[0]]) == nil)
        #expect(pacing.again([heads[1]]) == Self.now + .milliseconds(1004))
        #expect(pacing.again(heads) == Self.now)
    }

    @Test func whoIsShutAtTheStartIsLookedAtWhenHisGateOpensWhateverWaitsThere() {
        let (full, slow, free) = (agent("a", live: 2), agent("b", rate: 1), agent("c"))
        var before = pacing([full, slow, free], live: ["a": 2])
        #expect(before.shut == [full.id])
        before.begin(head(slow).queue)
        let later = Self.now + .milliseconds(200)
        let pacing = Pacing(
            before.limits, rotation: Rotation(), agents: [full.id: full, slow.id: slow, free.id: free],
            live: [full.id: 2], paces: before.moved, at: later)
        #expect(pacing.shut == [full.id, slow.id])
        // Another queue of its, that was not read, may be due before this one.
        let tomorrow = head(slow, waited: .seconds(-86_400))
        #expect(pacing.again([head(full), tomorrow]) == Self.now + .milliseconds(1004))
        #expect(pacing.again([head(free, waited: .seconds(-60))]) == Self.now + .seconds(60))
    }

    @Test func aTrunkCountsTheCallsOfAllWhoUseIt() {
        let (mine, yours) = (agent("a", trunk: "ST_1"), agent("b", of: Self.bmce))
        let pacing = pacing([mine, yours], live: ["a": 1]) {
            $0.trunks = ["ST_1": GateLimit(maxLive: 4)]
            $0.defaultTrunk = "ST_1"
        }
        #expect(pacing.picks([head(mine), head(yours)], atMost: 10).map(\.count).reduce(0, +) == 3)
        #expect(pacing.loads(of: yours.id).map(\.gate) == [.server, .trunk("ST_1")])
        #expect(pacing.loads(of: yours.id).map(\.live) == [1, 1])
    }

    @Test func anOrganizationHasItsOwnLimitOrThatOfEveryOne() {
        let (mine, yours) = (agent("a"), agent("b", of: Self.bmce))
        let pacing = pacing([mine, yours]) {
            $0.everyOrganization = GateLimit(maxLive: 2)
            $0.organizations = [Self.bmce: GateLimit(maxLive: 3)]
        }
        let counts = pacing.picks([head(mine), head(yours)], atMost: 10).map { ($0.queue.agent.rawValue, $0.count) }
        #expect(Dictionary(counts) { first, _ in first } == ["a": 2, "b": 3])
    }

    /// Looked at as often and as late as it happens, a gate uses its rate up and starts are spread.
    @Test(arguments: [(1.0, 0), (10.0, 7), (30.0, 3), (200.0, 1), (200.0, 20), (0.5, 9)])
    func startsAreSpreadAndNoneIsLost(_ rate: Double, _ lateBy: Int64) throws {
        let limit = StartRate(perSecond: rate)
        var pace = Pace()
        var now = Self.now
        pace.start(limit, at: now)
        let begun = now
        var starts = [now]
        while now.since(begun) < .seconds(60) {
            now = pace.free(limit, at: now) + .milliseconds(lateBy)
            while pace.free(limit, at: now) == now {
                pace.start(limit, at: now)
                starts.append(now)
            }
        }
        let most = Double(limit.count) * 60 / (Double(limit.window.milliseconds) / 1000)
        #expect(Double(starts.count) >= most * 0.995)
        // What is kept of missed places is a twentieth of a second's.
        #expect(Double(starts.count) <= most + rate / 20 + 2)
        let longest = zip(starts.dropFirst(), starts).map { $0.since($1).milliseconds }.max() ?? 0
        #expect(longest <= limit.interval / 1000 + lateBy + 1)
    }

    /// Places that nobody wanted are no credit: the first two calls after a rest are as far apart as any.
    @Test func aStartThatWasLateCountsThoughItsPlaceIsForgotten() {
        let rate = StartRate(perSecond: 2)
        var log = StartLog()
        for place in [0, 10, 1004] { log.record(rate, at: Self.now + .milliseconds(place)) }
        log.move(from: Self.now, to: Self.now + .milliseconds(300))
        #expect(log.starts == [300, 1004].map { Self.now + .milliseconds($0) })
        #expect(log.free(rate, at: Self.now + .milliseconds(1010)) == Self.now + .milliseconds(1304))
        // What is older than all that counts changes nothing.
        log.move(from: Self.now, to: Self.now + .milliseconds(200))
        #expect(log.starts == [300, 1004].map { Self.now + .milliseconds($0) })
    }

    @Test func afterARestThereIsNoCrowd() {
        let limit = StartRate(perSecond: 20)
        var pace = Pace()
        for at in [Self.now, Self.now + .seconds(30)] {
            pace.start(limit, at: at)
            #expect(pace.free(limit, at: at) == at + .milliseconds(51))
        }
    }

    @Test func aClockThatIsSetBackDoesNotStopTheStarts() {
        let limit = StartRate(perSecond: 10)
        var pace = Pace()
        pace.start(limit, at: Self.now + .seconds(86_400))
        #expect(pace.free(limit, at: Self.now) <= Self.now + .milliseconds(101))
    }
}
