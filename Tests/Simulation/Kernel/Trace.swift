/// What happened in a seed, as a hash, and in words where somebody wants to read it.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Trace: @unchecked Sendable {
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var lines: [String] = []
    let keepsLines: Bool
    private let scheduler: Scheduler
    private let start: Int64

    init(_ scheduler: Scheduler, keepsLines: Bool) {
        self.scheduler = scheduler
        self.keepsLines = keepsLines
        start = scheduler.now
    }

    /// The hash takes the time and the number of jobs that ran until now: no two interleavings have the same.
    func note(_ what: StaticString, _ detail: @autoclosure () -> String = "") {
        mix(UInt64(bitPattern: scheduler.now))
        mix(UInt64(scheduler.jobsRun))
        mix(UInt64(what.utf8CodeUnitCount))
        say(what, detail())
    }

    /// For people only: what a node logs is not asked for in a seed that nobody reads.
    func say(_ what: StaticString, _ detail: @autoclosure () -> String = "") {
        guard keepsLines else { return }
        let time = scheduler.now - start
        let thousandths = String(time % 1000 + 1000).dropFirst()
        let stamp = "\(time / 1000).\(thousandths)"
        lines.append(String(repeating: " ", count: max(0, 9 - stamp.count)) + "\(stamp)  \(what) \(detail())")
    }

    private func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01b3 ^ (hash >> 29) }
}
