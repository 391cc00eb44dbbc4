import Foundation
import NIOConcurrencyHelpers

/// Many seeds, one on each thread at a time.
package struct Campaign: Sendable {
    package let first: UInt64
    package let count: Int
    package let threads: Int
    private let onPostgres: Bool

    /// `onPostgres`: on the server that `Scripts/with-postgres` has started, each thread with a database of its own.
    package init(
        first: UInt64 = 1, count: Int, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        onPostgres: Bool = false
    ) {
        self.onPostgres = onPostgres
        self.first = first
        self.count = count
        self.threads = max(1, threads)
    }

    /// What all of them came to; `told` hears of every seed, from any thread.
    package func run(_ told: @escaping @Sendable (Verdict) -> Void = { _ in }) -> Report {
        let state = NIOLockedValueBox((next: 0, report: Report(), failure: String?.none))
        let began = ContinuousClock.now
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            let database = Result { onPostgres ? try Database() : nil }
            while true {
                let place = state.withLockedValue { state -> Int? in
                    guard state.next < count, state.failure == nil else { return nil }
                    defer { state.next += 1 }
                    return state.next
                }
                guard let place else { return }
                do {
                    let verdict = try SeedRun.perform(first + UInt64(place), on: database.get())
                    told(verdict)
                    state.withLockedValue { $0.report.add(verdict) }
                } catch {
                    state.withLockedValue { $0.failure = "\(error)" }
                }
            }
        }
        var (_, report, failure) = state.withLockedValue { $0 }
        report.took = ContinuousClock.now - began
        report.failure = failure
        return report
    }
}
