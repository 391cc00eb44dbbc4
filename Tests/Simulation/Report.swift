/// What a campaign came to.
package struct Report: Sendable {
    package struct Worst: Sendable {
        package var milliseconds: Int64 = 0
        package var seed: UInt64 = 0
    }

    package private(set) var seeds = 0
    package private(set) var calls = 0
    /// Dials beyond the first one of their call.
    package private(set) var redials = 0
    package private(set) var jobs = 0
    package private(set) var simulated: Int64 = 0
    /// Phones that were heard when their cancel was asked for, or afterwards.
    package private(set) var silenced = 0
    /// From a cancel, or the phone's join where that came later, until its phone was silent; with LiveKit and us in good health.
    package private(set) var worstInCalm = Worst()
    /// The same, whatever went wrong.
    package private(set) var worstInStorm = Worst()
    /// Nil on a store that has no server.
    package private(set) var contention: Contention?
    /// The seeds in which a promise was broken, with what was.
    package private(set) var broken: [(seed: UInt64, faults: [String])] = []
    /// Why the campaign itself ended early.
    package var failure: String?
    package var took: Duration = .zero

    mutating func add(_ verdict: Verdict) {
        seeds += 1
        calls += verdict.calls
        redials += verdict.redials
        jobs += verdict.jobs
        simulated += verdict.milliseconds
        silenced += verdict.silences.count
        if let new = verdict.contention {
            var sum = contention ?? Contention()
            sum += new
            contention = sum
        }
        if let worst = verdict.silences.max() {
            if verdict.isCalm, worst > worstInCalm.milliseconds {
                worstInCalm = Worst(milliseconds: worst, seed: verdict.seed)
            }
            if !verdict.isCalm, worst > worstInStorm.milliseconds {
                worstInStorm = Worst(milliseconds: worst, seed: verdict.seed)
            }
        }
        if !verdict.faults.isEmpty { broken.append((verdict.seed, verdict.faults)) }
    }
}
