import Dispatching
import Foundation
import NIOConcurrencyHelpers
import Sandbox

/// One call that is answered and then cancelled, in good health but for one mishap after each of its steps in turn: what the seeds
/// come upon by chance is here done everywhere.
package enum Sweep: String, Sendable, CaseIterable {
    /// The only node dies, and a new one comes after 300 ms.
    case crash
    /// The only node stands still for three seconds: longer than a dial may be late.
    case pause
    /// One of two nodes dies, and comes back after its leases have run out.
    case crashBesideAnother
    /// One of two nodes stands still for longer than its leases last, and goes on.
    case pauseBesideAnother

    /// More than a node takes for the whole of it.
    package static let steps = 400

    /// On PostgreSQL, where each verb of the store is several steps.
    package static let stepsOnPostgres = 1_600

    /// What is wrong after which step, in words; nothing, if all is well.
    package static func performAll() -> [String] { perform(after: Array(0...steps)) { nil } }

    /// As `performAll`, after each so-manieth step of those that there are on PostgreSQL.
    package static func performOnPostgres(every stride: Int) -> [String] {
        perform(after: Array(Swift.stride(from: 0, through: stepsOnPostgres, by: stride))) {
            try Database()
        }
    }

    private static func perform(
        after steps: [Int], on database: @Sendable () throws -> Database?
    ) -> [String] {
        let wrong = NIOLockedValueBox([String]())
        let runs = NIOLockedValueBox(allCases.flatMap { sweep in steps.map { (sweep, $0) } }[...])
        DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
            let database = Result { try database() }
            while let (sweep, step) = runs.withLockedValue({ $0.popFirst() }) {
                let faults: [String]
                do {
                    faults = try SeedRun.perform(sweep.plan(after: step), keepsLines: false, on: database.get()).faults
                } catch {
                    faults = ["\(error)"]
                }
                guard !faults.isEmpty else { continue }
                wrong.withLockedValue { $0.append("\(sweep) after step \(step): \(faults.joined(separator: "; "))") }
            }
        }
        return wrong.withLockedValue { $0 }.sorted()
    }

    private func plan(after step: Int) -> Plan {
        var plan = Plan(bare: UInt64(step))
        plan.policy.defaultTrunk = SandboxTrunk.id
        plan.agents = [.init(agentName: "robot", ringingTimeout: 8, maxCallDuration: 20)]
        plan.calls = [.init(number: "+15005550001", agent: 0, priority: 5, delay: nil)]
        plan.happenings = [(10, .schedule(0)), (600, .cancel(0, copies: 2)), (10, mishap(step))]
        plan.stormEnds = 40_000
        plan.nodes = self == .crashBesideAnother || self == .pauseBesideAnother ? 2 : 1
        return plan
    }

    private func mishap(_ step: Int) -> Plan.Happening {
        switch self {
        case .crash: .crash(node: 0, steps: step, away: 300)
        case .pause: .pause(node: 0, steps: step, length: 3_000)
        case .crashBesideAnother: .crash(node: 0, steps: step, away: 12_000)
        case .pauseBesideAnother: .pause(node: 0, steps: step, length: 12_000)
        }
    }
}
