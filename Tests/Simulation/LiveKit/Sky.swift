/// The weather as it is now: what strikes the next request, webhook or write.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Sky: @unchecked Sendable {
    /// What LiveKit is like while it is down.
    enum Outage: Sendable { case refuses, hangs }

    private(set) var weather: Weather
    var outage: Outage?
    private let requests: Chance
    private let writes: Chance
    private let webhooks: Chance
    private let journeys: Chance

    init(_ weather: Weather, seed: UInt64) {
        self.weather = weather
        requests = Chance(seed: seed, 11)
        writes = Chance(seed: seed, 12)
        webhooks = Chance(seed: seed, 13)
        journeys = Chance(seed: seed, 14)
    }

    func clear() {
        weather = .calm
        outage = nil
    }

    func fault(for request: LiveKitRequest) -> Fault? {
        switch outage {
        case .refuses: return .refused
        case .hangs: return .hang
        case nil: break
        }
        let method = request.method
        for focus in weather.focus where focus.method == method && requests.strikes(focus.probability) {
            return focus.fault == .lie && !request.changes ? nil : focus.fault
        }
        for (index, probability) in weather.faults.enumerated() where requests.strikes(probability) {
            let fault = Fault.allCases[index]
            if fault == .lie, !request.changes { return nil }
            return fault
        }
        return nil
    }

    func travel() -> Int64 { requests.draw(weather.travel) }

    /// How long a slow request travels, in milliseconds.
    ///
    /// A dial at most for the margin of its deadline, a little less for what it waited before it left; others may come when nobody waits
    /// for them any more.
    func slowness(for request: LiveKitRequest) -> Int64 {
        if case .dial = request { return requests.draw(100...1_000) }
        return requests.draw(requests.strikes(0.5) ? 100...2_000 : 2_000...30_000)
    }

    /// How long a dial lies about before LiveKit sees it; nil: not at all.
    func lateness(of request: LiveKitRequest) -> Int64? {
        guard case .dial = request, requests.strikes(weather.lateDial) else { return nil }
        return requests.draw(2_000...45_000)
    }

    enum StoreMood { case prompt, pause(Int64), fail }

    func beforeStore() -> StoreMood {
        if writes.strikes(weather.storeFailure) { return .fail }
        return aroundStore()
    }

    func aroundStore() -> StoreMood {
        if writes.strikes(weather.storeStall) { return .pause(writes.draw(200...6_000)) }
        return writes.strikes(weather.storePause) ? .pause(writes.draw(0...8)) : .prompt
    }

    /// Where the connection of a store to its server breaks.
    enum Cut { case before, after }

    /// Strikes a journey to the server before it has done anything, or when it has done all that it was asked.
    func cut() -> Cut? {
        guard journeys.strikes(weather.storeCut) else { return nil }
        return journeys.strikes(0.5) ? .before : .after
    }

    /// When another node hears that something was written, in milliseconds from now; nil: never.
    func telegram() -> Int64? {
        journeys.strikes(weather.telegramLoss) ? nil : journeys.draw(1...15)
    }

    /// When the copies of a webhook arrive, in milliseconds from now; none for one that is lost.
    func webhookDelays() -> [Int64] {
        if outage != nil || webhooks.strikes(weather.webhookDrop) { return [] }
        let copies = webhooks.strikes(weather.webhookTwice) ? 2 : 1
        return (0..<copies).map { _ in
            webhooks.strikes(weather.webhookLate) ? webhooks.draw(weather.webhookDelay) : 2
        }
    }
}
