import CallControl
import CallCore
import LiveKit
import LiveKitPhone
import Sandbox

/// One seed from its start to its end, on the thread that calls it.
///
/// `@unchecked`: touched by the scheduler's thread alone.
package final class SeedRun: @unchecked Sendable {
    static let start: Int64 = 1_772_366_400_000
    static let organization = OrganizationID(rawValue: "acme")
    static let foreignRooms = ["someone-elses", "sb-another-call_x-1"]

    let plan: Plan
    let scheduler: Scheduler
    let trace: Trace
    let site: Site
    let caller = Caller(key: KeyID(rawValue: "key_1"), organization: organization, role: .admin)
    var agentIDs: [AgentID] = []
    /// By the place in the plan, once a client knows it.
    var callIDs: [Int: CallID] = [:]
    private var graves: [Node] = []
    private var births = 0
    private var outages = 0
    private var isStorm = true
    private var silences: [Int64] = []

    private init(_ plan: Plan, keepsLines: Bool, on database: Database?) throws {
        self.plan = plan
        scheduler = Scheduler(seed: plan.seed, now: Self.start)
        trace = Trace(scheduler, keepsLines: keepsLines)
        site = try Site(plan, trace: trace, scheduler: scheduler, database: database)
    }

    /// Runs a seed on SQLite in memory, or on this database; `keepsLines` for a trace in words.
    package static func perform(
        _ seed: UInt64, keepsLines: Bool = false, on database: Database? = nil
    ) throws -> Verdict {
        var plan = Plan(seed: seed)
        if database != nil { plan.drawServer() }
        return try perform(plan, keepsLines: keepsLines, on: database)
    }

    /// Seeds that are running; 0 when none is, or memory is lost.
    package static var alive: Int { Scheduler.alive }

    static func perform(_ plan: Plan, keepsLines: Bool, on database: Database? = nil) throws -> Verdict {
        let run = try SeedRun(plan, keepsLines: keepsLines, on: database)
        run.open()
        run.scheduler.run(until: start + plan.stormEnds)
        run.calm()
        run.waitForQuiet()
        run.close()
        return run.verdict()
    }

    // MARK: The start

    private func open() {
        site.phones.onNews = { [weak self] in self?.post($0) }
        site.auditor.onOverdue = { [weak self] in self?.examineAlarm(of: $0) }
        for room in Self.foreignRooms { site.phones.openForeignRoom(room) }
        let founding = NodeExecutor(scheduler)
        Task(executorPreference: founding) { await self.hireAgents() }
        scheduler.run(until: Self.start)
        for place in 0..<plan.nodes { site.nodes.append(newNode(place)) }
        for (at, what) in plan.happenings {
            scheduler.alarm(at: Self.start + at) { [weak self] in self?.happen(what) }
        }
    }

    private func hireAgents() async {
        for (index, planned) in plan.agents.enumerated() {
            let agent = Agent(
                id: AgentID(rawValue: "agent-\(index)"), organization: Self.organization, name: "A\(index)",
                agentName: planned.agentName, ringingTimeout: planned.ringingTimeout,
                maxCallDuration: planned.maxCallDuration, createdAt: Moment(milliseconds: scheduler.now))
            try? await site.storage.own.insert(agent, for: .commandLine(for: Self.organization))
            agentIDs.append(agent.id)
        }
    }

    private func newNode(_ place: Int) -> Node {
        births += 1
        let node = Node("n\(births)", site, skew: plan.skews[place])
        trace.note("start", node.name)
        node.start(alone: plan.nodes == 1)
        return node
    }

    // MARK: What happens

    private func happen(_ what: Plan.Happening) {
        switch what {
        case .schedule(let index): schedule(index)
        case .cancel(let index, let copies): for _ in 0..<copies { cancel(index, patience: 400) }
        case .crash(let index, let steps, let away): crash(site.nodes[index], steps, away)
        case .pause(let index, let steps, let length): pause(site.nodes[index], steps, length)
        case .outage(let kind, let length): outage(kind, length)
        case .agentOff(let index, let length): switchOff(index, length)
        case .deleteRoom(let index): deleteRoom(index)
        case .agentLeaves(let index): sendAgentAway(index)
        case .stop(let scope, let live, let queue, let length): stop(scope, live, queue, length)
        case .bulkCancel(let bulk, let live): cancel(bulk, live)
        case .window(let place, let closed, let length): close(place, closed, length)
        }
    }

    /// A node that answers now, or nil.
    private var anyNode: Node? { site.nodes.filter { !$0.isDead && $0.executor.isRunning }.randomElement(site.ids) }

    private func later(_ milliseconds: Int64, _ body: @escaping @Sendable () -> Void) {
        scheduler.alarm(at: scheduler.now + milliseconds, body)
    }

    private func schedule(_ index: Int) {
        guard let node = anyNode else { return later(500) { self.schedule(index) } }
        let planned = plan.calls[index]
        guard let phone = PhoneNumber(planned.number) else { return }
        var order = CallOrder(agent: agentIDs[planned.agent], contact: Contact(phone: phone))
        order.priority = planned.priority
        order.retries = planned.retries?.plan(from: Moment(milliseconds: scheduler.now))
        order.windows = [planned.closed?.window(from: Moment(milliseconds: Self.start))].compactMap(\.self)
        order.scheduledAt = planned.delay.map { Moment(milliseconds: scheduler.now + $0) }
        node.spawn { [order, caller] in
            do {
                self.callIDs[index] = try await node.calls.schedule(order, by: caller).call.id
            } catch {
                // The store was away. A client that hears nothing, because the node died, does not know either way and asks no more.
                self.later(500) { self.schedule(index) }
            }
        }
    }

    private func cancel(_ index: Int, patience: Int) {
        guard let id = callIDs[index], let node = anyNode else {
            if patience > 0 { later(5) { self.cancel(index, patience: patience - 1) } }
            return
        }
        let asked = scheduler.now
        trace.note("cancel", "\(site.auditor.alias(id)) at \(node.name)")
        site.auditor.change(id) { $0.unanswered += 1 }
        let log = site.log(node.name)
        node.spawn { [caller, site] in
            let auditor = site.auditor
            do throws(ControlError) {
                let call = try await node.calls.cancel(id, by: caller, log: log)
                site.trace.note("cancelled", auditor.alias(id))
                if call.status != .cancelled {
                    auditor.fault("G3", "a cancel of \(auditor.alias(id)) answers \(call.status)")
                }
                auditor.change(id) { $0.accepted.append(asked) }
                auditor.change(id) { $0.unanswered -= 1 }
            } catch {
                site.trace.note("not cancelled", "\(auditor.alias(id)): \(error)")
                // A store that fails may have done it all the same, as far as the client knows.
                switch error {
                case .unavailable, .notStored: break
                default: auditor.change(id) { $0.unanswered -= 1 }
                }
            }
        }
    }

    private func crash(_ node: Node, _ steps: Int, _ away: Int64) {
        node.die(after: steps) { [weak self] in
            guard let self else { return }
            trace.note("CRASH", node.name)
            graves.append(node)
            later(isStorm ? away : 0) { self.replace(node) }
        }
    }

    private func replace(_ node: Node) {
        guard let place = site.nodes.firstIndex(where: { $0 === node }) else { return }
        site.nodes[place] = newNode(place)
    }

    private func pause(_ node: Node, _ steps: Int, _ length: Int64) {
        guard !node.isDead else { return }
        node.pause(after: steps) { [weak self] in
            guard let self else { return }
            trace.note("PAUSE", node.name)
            later(isStorm ? length : 0) {
                guard !node.isDead else { return }
                self.trace.note("GOES ON", node.name)
                node.executor.resume()
            }
        }
    }

    private func outage(_ kind: Sky.Outage, _ length: Int64) {
        trace.note("DOWN", "\(kind)")
        site.sky.outage = kind
        outages += 1
        let number = outages
        later(length) {
            // Another one has begun, or all is over.
            guard self.outages == number else { return }
            self.trace.note("UP")
            self.site.sky.outage = nil
        }
    }

    private func switchOff(_ index: Int, _ length: Int64) {
        set(index, to: .inactive)
        later(length) { self.set(index, to: .active) }
    }

    private func set(_ index: Int, to status: Agent.Status) {
        guard isStorm || status == .active else { return }
        guard let node = anyNode else { return later(500) { self.set(index, to: status) } }
        let id = agentIDs[index]
        node.spawn { [caller, trace] in
            do {
                _ = try await node.agents.update(id, by: caller) { $0.status = status }
                trace.note("agent", "\(index) \(status)")
            } catch {
                self.later(500) { self.set(index, to: status) }
            }
        }
    }

    private func close(_ place: Plan.WindowPlace, _ closed: Plan.Closed, _ length: Int64) {
        let owner: WindowOwner =
            switch place {
            case .agent(let index): .agent(agentIDs[index])
            case .organization: .organization(Self.organization)
            }
        set(closed.window(from: Moment(milliseconds: Self.start)), of: owner)
        later(length) { self.set(nil, of: owner) }
    }

    private func set(_ window: CallWindow?, of owner: WindowOwner) {
        guard isStorm || window == nil else { return }
        guard let node = anyNode else { return later(500) { self.set(window, of: owner) } }
        node.spawn { [caller] in
            do {
                switch owner {
                case .agent(let id): _ = try await node.agents.update(id, by: caller) { $0.callWindow = window }
                case .organization: _ = try await node.organizations.update(by: caller) { $0.callWindow = window }
                case .call: break
                }
            } catch {
                self.later(500) { self.set(window, of: owner) }
            }
        }
    }

    private func deleteRoom(_ index: Int) {
        guard let id = callIDs[index], let room = site.auditor.calls[id]?.call.phase.attempt?.room.rawValue else {
            return
        }
        trace.note("OTHERS DELETE", site.auditor.alias(room))
        site.auditor.change(room) { $0.wasDeletedByOthers = true }
        site.phones.deleteRoomFromOutside(room)
    }

    private func sendAgentAway(_ index: Int) {
        guard let id = callIDs[index], let room = site.auditor.calls[id]?.call.phase.attempt?.room.rawValue else {
            return
        }
        trace.note("AGENT LEAVES", site.auditor.alias(room))
        site.phones.sendAgentAway(room)
    }

    // MARK: Many at once

    private func stop(_ scope: Plan.Scope, _ live: Stop.Live, _ queue: Stop.Queue, _ length: Int64) {
        guard let node = anyNode else { return later(200) { self.stop(scope, live, queue, length) } }
        let real: StopScope
        switch scope {
        case .all: real = .all
        case .agent(let index): real = .agent(agentIDs[index])
        case .number(let index):
            guard let number = PhoneNumber(plan.calls[index].number) else { return }
            real = .phone(number)
        }
        node.spawn { [caller] in
            do throws(ControlError) {
                let record = try await node.stops.set(real, live: live, queue: queue, by: caller)
                self.later(length) { self.release(record.stop.id) }
            } catch {
                // What a store that failed has done is looked for at the end.
                self.trace.note("no stop", "\(error)")
            }
        }
    }

    func release(_ id: StopID) {
        guard let node = anyNode else { return later(200) { self.release(id) } }
        node.spawn { [caller] in
            do throws(ControlError) {
                _ = try await node.stops.release(id, by: caller)
            } catch {
                if error == .wasReleased { return }
                self.later(500) { self.release(id) }
            }
        }
    }

    private func cancel(_ bulk: Plan.Bulk, _ live: Stop.Live) {
        guard let node = anyNode else { return later(200) { self.cancel(bulk, live) } }
        var query = CallQuery(organization: Self.organization)
        let target: Operation.Target
        switch bulk {
        case .calls(let indices): target = .ids(indices.compactMap { callIDs[$0] })
        case .agent(let index):
            query.agent = agentIDs[index]
            target = .filter(query)
        case .all: target = .filter(query)
        }
        trace.note("BULK", "\(bulk) \(live) at \(node.name)")
        site.auditor.bulkCancels = true
        node.spawn { [caller, target] in
            _ = try? await node.operations.cancel(target, live: live, by: caller)
        }
    }

    // MARK: Webhooks

    private static let webhookPauses: [Int64] = [1_000, 2_000, 4_000, 8_000]

    private func post(_ news: RoomNews) {
        for delay in site.sky.webhookDelays() { later(delay) { self.deliver(news, tries: 0) } }
    }

    /// As LiveKit does: five tries, and whoever does not answer then never hears of it.
    private func deliver(_ news: RoomNews, tries: Int) {
        let again: @Sendable () -> Void = { [weak self] in
            guard let self, tries < Self.webhookPauses.count else { return }
            later(Self.webhookPauses[tries]) { self.deliver(news, tries: tries + 1) }
        }
        guard let node = anyNode else { return again() }
        trace.note("webhook", "\(node.name) \(news.event) \(site.auditor.alias(news.room.name))")
        node.spawn {
            do {
                try await node.reports.take(news.message)
            } catch {
                again()
            }
        }
    }

    // MARK: The end

    /// The storm is over: what is broken is mended, and stays so.
    private func calm() {
        trace.note("CALM")
        isStorm = false
        outages += 1
        site.sky.clear()
        for stop in site.auditor.stops { release(stop.id) }
        for owner in site.auditor.windowOwners { set(nil, of: owner) }
        for node in site.nodes {
            if node.isDead { replace(node) } else { node.executor.resume() }
        }
        // Switched off by a request that was on its way, an agent would stay so.
        for pause in [0, 10_000, 20_000] as [Int64] {
            later(pause) { for index in self.agentIDs.indices { self.set(index, to: .active) } }
        }
    }

    /// Longer than any of the calls, terminations and pauses of a seed can last.
    private static let longest: Int64 = 600_000
    private static let step: Int64 = 5_000
    /// After everything seems over: two comparisons with LiveKit's rooms.
    private static let aftermath: Int64 = 25_000

    private func waitForQuiet() {
        let end = scheduler.now + Self.longest
        var quietSince: Int64?
        while scheduler.now < end {
            scheduler.run(until: scheduler.now + Self.step)
            // Those of requests that were on their way.
            for stop in site.auditor.stops { release(stop.id) }
            for owner in site.auditor.windowOwners { set(nil, of: owner) }
            guard isQuiet else {
                quietSince = nil
                continue
            }
            let since = quietSince ?? scheduler.now
            quietSince = since
            if scheduler.now - since >= Self.aftermath { return }
        }
    }

    private var isQuiet: Bool {
        site.auditor.calls.values.allSatisfy { $0.call.status.isFinal }
            && site.auditor.rooms.values.allSatisfy { ($0.armedAt == nil || $0.verifiedAt != nil) && $0.flying == 0 }
            && site.phones.view.legs.liveCount == 0
    }

    private func close() {
        examine()
        silences = site.auditor.calls.values.sorted { $0.number < $1.number }.flatMap(silences(of:))
        let last = NodeExecutor(scheduler)
        Task(executorPreference: last) { await self.examineStore() }
        scheduler.run(until: scheduler.now)
        site.phones.onNews = { _ in }
        for node in site.nodes + graves { node.bury() }
        scheduler.run(until: scheduler.now + 60_000)
        for node in site.nodes + graves where node.running > 0 {
            site.auditor.fault("shutdown", "\(node.running) tasks of \(node.name) do not end")
        }
        if scheduler.strangers > 0 {
            site.auditor.fault("determinism", "\(scheduler.strangers) jobs came from other threads")
        }
        // What holds each other would stay for ever, a database with it.
        site.nodes = []
        graves = []
        scheduler.forget()
    }

    private var redials: Int {
        let dialled = site.auditor.rooms.filter { $0.value.dialsSent > 0 }.keys
        return dialled.count
            - Set(dialled.map { RoomName(rawValue: $0).call(installation: Auditor.installation)?.0 }).count
    }

    private func verdict() -> Verdict {
        Verdict(
            seed: plan.seed, hash: trace.hash, faults: site.auditor.faults, lines: trace.lines, isCalm: plan.isCalm,
            silences: silences, calls: site.auditor.calls.count, redials: redials,
            contention: site.storage.contention,
            jobs: scheduler.jobsRun,
            milliseconds: scheduler.now - Self.start)
    }
}

extension Array {
    func randomElement(_ chance: Chance) -> Element? { count < 2 ? first : self[chance.draw(0...(count - 1))] }
}
