import CallCore
import Dispatch
import PostgresStore
import TestSupport

extension Desk {
    /// What the jobs come to, all of which were waiting when the lanes were free for them.
    ///
    /// Ids of calls are dealt out to the lanes by the sum of their bytes, so that the two `busy` ones keep both of them
    /// from beginning until all jobs have come; the first does it for `addNeighbours`.
    func together<Value: Sendable>(
        _ jobs: [@Sendable () async throws -> Value], busy: [String] = ["busy_0", "busy_1"]
    ) async throws -> [Result<Value, any Error>] {
        let (news, tell) = AsyncStream.makeStream(of: Void.self)
        var arrivals = news.makeAsyncIterator()
        let free = DispatchSemaphore(value: 0)
        for id in busy where try await status(CallID(rawValue: id)) == nil { try await add(id) }
        // One task at a time, so that all of them are on their way to the lane when they have settled.
        return try await withTaskExecutorPreference(SerialTasks()) {
            try await withThrowingTaskGroup(of: (Int, Result<Value, any Error>)?.self) { group in
                for id in busy {
                    group.addTask {
                        _ = try await store.decide(
                            CallID(rawValue: id), proving: nil, claimingUntil: nil, for: nil, at: now
                        ) { _, _ in
                            tell.yield()
                            free.wait()
                            return .stay
                        }
                        return nil
                    }
                }
                for _ in busy { _ = await arrivals.next() }
                for (index, job) in jobs.enumerated() {
                    group.addTask {
                        tell.yield()
                        do { return (index, .success(try await job())) } catch { return (index, .failure(error)) }
                    }
                }
                for _ in jobs { _ = await arrivals.next() }
                // The last ones are on their way to the lane.
                await SerialTasks.settle()
                for _ in busy { free.signal() }
                var results: [Int: Result<Value, any Error>] = [:]
                for try await done in group { if let done { results[done.0] = done.1 } }
                return results.sorted { $0.key < $1.key }.map(\.value)
            }
        }
    }

    /// The calls `a_0`, `a_2` and so on, whose decisions all go over one lane.
    func addNeighbours(_ count: Int) async throws -> [CallID] {
        var calls: [CallID] = []
        for number in 0..<count { calls.append(try await add("a_\(number * 2 + (number * 2).tensDigitSum % 2)")) }
        return calls
    }
}

extension Int {
    /// What the digits before the last add up to.
    fileprivate var tensDigitSum: Int { self < 10 ? 0 : (self / 10) % 10 + (self / 10).tensDigitSum }
}

extension Result {
    /// The failure that it is to be, if it is one.
    func failed(_ isExpected: (Failure) -> Bool) -> Bool {
        guard case .failure(let failure) = self else { return false }
        return isExpected(failure)
    }
}
