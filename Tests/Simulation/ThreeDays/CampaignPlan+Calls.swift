import CallControl
import CallCore

extension CampaignPlan {
    /// When both of the weighed organizations have half of their calls due at once.
    static func rushes(_ chance: Chance) -> [Moment] {
        [6, 30].map { Moment(milliseconds: start) + .milliseconds($0 * 3_600_000 + chance.draw(0...3_600_000)) }
    }

    static func call(
        _ index: Int, of count: Int, _ agents: [Agent], _ rushes: [Moment], _ chance: Chance
    ) -> Call? {
        switch index % 100 {
        case 0: urgent(index, of: count, agents[zones.count], chance)
        case 88..<97: rushing(index, agents[zones.count + 1], at: rushes[index / 100 % rushes.count])
        case 97..<100: rushing(index, agents[zones.count + 2], at: rushes[index / 100 % rushes.count])
        default: ofCrowd(index, of: count, agents[index % zones.count], chance)
        }
    }

    /// At any hour, and never again; to numbers that the crowd calls, too, whose limit and whose suppressions are none of theirs.
    private static func urgent(_ index: Int, of count: Int, _ agent: Agent, _ chance: Chance) -> Call? {
        let scheduled = schedule(chance)
        return PhoneNumber(shared(index / 100 * 7, of: count)).map { phone in
            Call(
                id: CallID(rawValue: "call_\(index)"), organization: agent.organization, agent: agent.id,
                contact: Contact(phone: phone), priority: 0, scheduledAt: scheduled, dueAt: scheduled,
                createdAt: Moment(milliseconds: start))
        }
    }

    /// At any hour, and never again.
    private static func rushing(_ index: Int, _ agent: Agent, at moment: Moment) -> Call? {
        PhoneNumber(own(index)).map { phone in
            Call(
                id: CallID(rawValue: "call_\(index)"), organization: agent.organization, agent: agent.id,
                contact: Contact(phone: phone), scheduledAt: moment, dueAt: moment,
                createdAt: Moment(milliseconds: start))
        }
    }

    private static func ofCrowd(_ index: Int, of count: Int, _ agent: Agent, _ chance: Chance) -> Call? {
        let place = index % zones.count
        let isShared = index / zones.count % 10 == 3
        let number = place + index / 50 * zones.count
        // Calls that share a number are due together, so that several want it at once.
        let hours = isShared ? Chance(seed: UInt64(number % sharedNumbers(count)), 15) : chance
        let windows = windows(Zone(accepted: zones[place]), isLong: isShared, hours)
        let scheduled = schedule(hours)
        let priority = chance.draw(1...10)
        // Numbers that four calls share must come to their end in some days, with a limit on their dials.
        let retries = chance.strikes(0.4) ? nil : retries(atMost: isShared ? 1 : 3, chance)
        return PhoneNumber(isShared ? shared(number, of: count) : own(index)).map { phone in
            Call(
                id: CallID(rawValue: "call_\(index)"), organization: agent.organization, agent: agent.id,
                batch: BatchID(rawValue: "batch_\(place)_\(index / 5500)"), contact: Contact(phone: phone),
                priority: priority, scheduledAt: scheduled, dueAt: windows.nextOpening(from: scheduled) ?? scheduled,
                createdAt: Moment(milliseconds: start), retries: retries, windows: windows)
        }
    }

    private static func schedule(_ chance: Chance) -> Moment {
        Moment(milliseconds: start) + .milliseconds(chance.draw(0...(length - 36 * 3_600_000)))
    }

    private static func own(_ index: Int) -> String { "+1500\(1_000_000 + index)" }

    private static func shared(_ number: Int, of count: Int) -> String {
        "+1501\(1_000_000 + number % sharedNumbers(count))"
    }

    /// About four calls of the crowd share each, all of one agent.
    private static func sharedNumbers(_ count: Int) -> Int { max(1, count / 200) * zones.count }

    /// Through the day, a short while, or over midnight.
    private static func windows(_ zone: Zone, isLong: Bool, _ chance: Chance) -> [CallWindow] {
        let hours = chance.pick([(8 * 60, 20 * 60), (8 * 60, 20 * 60), (20 * 60, 3 * 60), (10 * 60, 12 * 60 + 30)])
        let long = hours.0 == 10 * 60 ? (8 * 60, 20 * 60) : hours
        let (start, end) = isLong ? long : hours
        return [CallWindow(start: start, end: end, zone: zone)].compactMap(\.self)
    }

    private static func retries(atMost most: Int, _ chance: Chance) -> RetryPlan {
        RetryPlan(
            maxRetries: chance.draw(1...most), times: .after([.seconds(chance.draw(5...180) * 60)]),
            onFailed: chance.strikes(0.5))
    }
}
