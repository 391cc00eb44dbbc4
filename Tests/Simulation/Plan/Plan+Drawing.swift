import CallControl
import Dispatching
import Sandbox

extension Plan {
    /// The sandbox's numbers, the difficult ones more often.
    private static let numbers = [
        "+15005550001", "+15005550001", "+15005550001", "+15005550002", "+15005550003", "+15005550003", "+15005550004",
        "+15005550005", "+15005550006", "+15005550007", "+15005550008", "+15005550009", "+15005550009", "+15005550010",
        "+15005550011", "+15005550012", "+15005550013", "+15005550013", "+4930901820",
    ]

    init(seed: UInt64) {
        self.seed = seed
        let chance = Chance(seed: seed, 1)
        let isCalm = chance.strikes(0.2)
        network.seed = seed
        network.joinDelay = chance.pick([1, 12, 12, 12, 60, 300, 1_500])
        network.agentDelay = chance.pick([5, 20, 20, 200, 3_000])
        network.autoCreate = !chance.strikes(0.1)
        network.undeletableShare = chance.pick([0.19, 1])
        policy.defaultTrunk = SandboxTrunk.id
        policy.limits.maxLateness = chance.strikes(0.1) ? .seconds(5) : .seconds(900)
        if chance.strikes(0.1) { policy.limits.maxLive = 1 }
        agents = (0..<2).map { index in
            PlannedAgent(
                agentName: index == 0 ? nil : "robot", ringingTimeout: chance.draw(5...12),
                maxCallDuration: chance.draw(10...25))
        }
        let isCrowd = chance.strikes(0.02)
        if isCrowd { policy.limits.maxLive = 3 }
        drawCalls(isCrowd ? 12 : chance.draw(1...3), chance)
        drawRetries(Chance(seed: seed, 5))
        drawWindows(Chance(seed: seed, 6))
        drawDeeds(Chance(seed: seed, 3))
        if isCalm {
            if chance.strikes(0.1) { weather.lateDial = 0.5 }
        } else {
            drawMishaps(Chance(seed: seed, 2))
        }
        drawWiderWindows(Chance(seed: seed, 7))
        let last = happenings.map(\.at).max() ?? 0
        // Cut short, or with everything lasting as long as it was to.
        let whole = happenings.map { $0.at + $0.what.length }.max() ?? 0
        stormEnds = isCalm || chance.strikes(0.3) ? max(last, whole) + 100 : last + chance.draw(1_000...12_000)
    }

    /// What may go wrong beside all that where the store is a server.
    mutating func drawServer() {
        guard !isCalm else { return }
        let chance = Chance(seed: seed, 4)
        // Transactions get in each other's way where there are two.
        if chance.strikes(0.5) { nodes = 2 }
        weather.storeCut = chance.pick([0, 0, 0.002, 0.02])
        weather.telegramLoss = chance.pick([0, 0.2, 1])
    }

    /// What people do beside scheduling and cancelling.
    private mutating func drawDeeds(_ chance: Chance) {
        let span = (happenings.map(\.at).max() ?? 0) + 1_500
        let some = chance.draw(0...(calls.count - 1))
        if chance.strikes(0.15) {
            let scope: Scope = chance.pick([.all, .agent(chance.draw(0...1)), .number(some)])
            happenings.append(
                (
                    chance.draw(0...span),
                    .stop(
                        scope, chance.pick([.hangup, .leave]), chance.pick([.cancel, .hold]),
                        length: chance.pick([50, 1_000, 8_000]))
                ))
        }
        if chance.strikes(0.1) {
            let bulk: Bulk = chance.pick([.all, .agent(chance.draw(0...1)), .calls(Array(0...some))])
            happenings.append((chance.draw(0...span), .bulkCancel(bulk, chance.pick([.hangup, .hangup, .leave]))))
        }
        if chance.strikes(0.05) { happenings.append((chance.draw(0...span), .agentLeaves(some))) }
    }

    private mutating func drawCalls(_ count: Int, _ chance: Chance) {
        for index in 0..<count {
            calls.append(
                PlannedCall(
                    number: chance.pick(Self.numbers), agent: chance.draw(0...1), priority: chance.draw(0...10),
                    delay: chance.strikes(0.2) ? chance.draw(0...3_000) : nil))
            let at: Int64 = chance.strikes(0.5) ? chance.draw(0...50) : chance.draw(0...4_000)
            happenings.append((at, .schedule(index)))
            guard chance.strikes(0.75) else { continue }
            let due = at + (calls[index].delay ?? 0)
            let span = chance.pick([0...60, 0...60, 0...600, 300...5_000, 0...20_000] as [ClosedRange<Int64>])
            for _ in 0..<chance.draw(1...2) {
                happenings.append((due + chance.draw(span), .cancel(index, copies: chance.pick([1, 1, 1, 2, 3]))))
            }
        }
    }

    /// Short pauses, so that what happens comes between two attempts as well.
    private mutating func drawRetries(_ chance: Chance) {
        for index in calls.indices where chance.strikes(0.5) {
            let pauses: ClosedRange<Int64> = chance.pick([1...500, 500...5_000, 2_000...20_000])
            calls[index].retries = PlannedRetries(
                most: chance.draw(1...3), intervals: (0..<chance.draw(1...2)).map { _ in chance.draw(pauses) },
                moments: chance.strikes(0.2) ? (0..<3).map { _ in chance.draw(1_000...60_000) } : nil,
                onFailed: chance.strikes(0.5))
        }
    }

    private mutating func drawWindows(_ chance: Chance) {
        for index in calls.indices where chance.strikes(0.2) {
            calls[index].closed = Closed(from: chance.draw(0...3), minutes: chance.draw(1...2))
        }
    }

    /// In force for so short that what they put off must come sooner, or for longer than they are closed.
    private mutating func drawWiderWindows(_ chance: Chance) {
        let span = (happenings.map(\.at).max() ?? 0) + 1_500
        for place in [WindowPlace.agent(0), .agent(1), .organization] where chance.strikes(0.12) {
            happenings.append(
                (
                    chance.strikes(0.3) ? 0 : chance.draw(0...span),
                    .window(
                        place, Closed(from: chance.draw(0...2), minutes: chance.draw(1...2)),
                        length: chance.pick([50, 1_000, 8_000, 40_000, 90_000]))
                ))
        }
    }

    private mutating func drawMishaps(_ chance: Chance) {
        if chance.strikes(0.8) { weather = Weather(chance) }
        if chance.strikes(0.35) {
            nodes = 2
            if chance.strikes(0.3) { skews = [chance.draw(-300...300), chance.draw(-300...300)] }
        }
        let span = (happenings.map(\.at).max() ?? 0) + 2_000
        if chance.strikes(0.5) {
            for _ in 0..<chance.draw(1...2) {
                happenings.append(
                    (
                        chance.draw(0...span),
                        .crash(
                            node: chance.draw(0...(nodes - 1)), steps: chance.draw(0...60),
                            away: chance.pick([0, 300, 5_000, 30_000]))
                    ))
            }
        }
        for _ in 0..<(chance.strikes(nodes == 2 ? 0.6 : 0.2) ? chance.draw(1...2) : 0) {
            happenings.append(
                (
                    chance.draw(0...span),
                    .pause(
                        node: chance.draw(0...(nodes - 1)), steps: chance.draw(0...60),
                        length: chance.pick([500, 3_000, 9_000, 15_000, 60_000]))
                ))
        }
        if chance.strikes(0.3) {
            happenings.append(
                (
                    chance.draw(0...span),
                    .outage(chance.strikes(0.5) ? .refuses : .hangs, length: chance.pick([200, 3_000, 20_000, 90_000]))
                ))
        }
        if chance.strikes(0.2) {
            happenings.append((chance.draw(0...span), .agentOff(chance.draw(0...1), length: chance.draw(100...5_000))))
        }
        if chance.strikes(0.15) {
            happenings.append((chance.draw(0...span), .deleteRoom(chance.draw(0...(calls.count - 1)))))
        }
    }
}

extension Plan.Happening {
    /// How long it lasts, in milliseconds.
    fileprivate var length: Int64 {
        switch self {
        case .pause(_, _, let length), .outage(_, let length), .agentOff(_, let length), .stop(_, _, _, let length),
            .window(_, _, let length):
            length
        case .crash(_, _, let away): away
        case .schedule, .cancel, .deleteRoom, .agentLeaves, .bulkCancel: 0
        }
    }
}
