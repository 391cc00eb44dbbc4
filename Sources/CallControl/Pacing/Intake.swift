package import CallCore

/// How far one admission has come, round by round: what a store reads next, and what it has begun.
///
/// A round asks for calls from the front of some queues; another one follows where some of these were held, put off or too late, or the
/// queue was shorter than that.
package struct Intake: Sendable {
    package private(set) var pacing: Pacing
    private let atMost: Int
    private var admitted: [Admitted] = []
    /// Calls of each queue that are to be begun in this round.
    private var wanted: [CallQueue: Int] = [:]
    private var started = 0
    private var passedOver = 0
    private var passedOverNow = 0
    private var hasProgressed = false
    /// Of batches that were met, nil where one has no budget.
    private var allowances: [BatchID: Allowance?] = [:]
    private var keptBack: Set<BatchID> = []

    package init(_ terms: AdmissionTerms, _ pacing: Pacing) {
        self.pacing = pacing
        atMost = terms.atMost
    }

    /// So many calls are to be read from the front of these queues, in the order of their turns.
    package mutating func nextRound(_ heads: [QueueHead]) -> [Pacing.Pick] {
        var picks = pacing.picks(heads, atMost: atMost - started)
        wanted = Dictionary(picks.map { ($0.queue, $0.count) }) { first, _ in first }
        // Where many are passed over, the ones behind them must not wait a round for each.
        for place in picks.indices { picks[place].count += passedOverNow * 2 }
        passedOverNow = 0
        hasProgressed = false
        return picks
    }

    /// Another call of this queue is to be decided about.
    package func wants(_ queue: CallQueue) -> Bool { wanted[queue, default: 0] > 0 }

    /// Whether it is not known yet what the budget of this batch says.
    package func asksAbout(_ batch: BatchID) -> Bool { allowances[batch] == nil }

    /// What the budget of a batch says before any of its calls is begun; nil: it has none.
    package mutating func note(_ allowance: Allowance?, of batch: BatchID) { allowances[batch] = .some(allowance) }

    /// For the next call of a batch.
    package func allowance(of batch: BatchID?) -> Allowance? {
        batch.flatMap { allowances[$0] }.flatMap(\.self)
    }

    /// A call of this queue was decided about; `dial`: it has been begun.
    package mutating func note(_ decided: Decided, of queue: CallQueue, dial: DialLease?) {
        hasProgressed = true
        if let batch = decided.call.batch, var allowance = allowance(of: batch) {
            if dial == nil, !allowance.isLeft { keptBack.insert(batch) }
            if dial != nil { allowance.begin() }
            allowances[batch] = allowance
        }
        if decided.verdict == .moved { admitted.append(Admitted(call: decided.call, dial: dial)) }
        guard dial != nil else {
            passedOver += 1
            passedOverNow += 1
            return
        }
        pacing.begin(queue)
        wanted[queue, default: 0] -= 1
        started += 1
    }

    /// The queues are to be read anew, for another round.
    package var goesOn: Bool {
        hasProgressed && wanted.values.contains { $0 > 0 } && passedOver < Self.mostPassedOver
    }

    /// Rows that are not begun in one transaction, at the most.
    private static let mostPassedOver = 256

    /// `heads`: as they were read last.
    package func admissions(_ heads: [QueueHead]) -> Admissions {
        Admissions(
            admitted: admitted, rotation: pacing.rotation, again: pacing.again(heads), notBefore: pacing.notBefore,
            keptBack: keptBack)
    }
}
