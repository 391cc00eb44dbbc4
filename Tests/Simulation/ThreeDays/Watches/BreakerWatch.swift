import CallControl
import CallCore

/// Reckons when a batch has failed too often, and that nothing of it is dialled while it is paused for that.
struct BreakerWatch {
    private let batch: BatchID
    private let breaker: Breaker
    private var endings: [(at: Moment, failed: Bool)] = []
    private var tripped: Moment?
    /// Of the whole time.
    private var all: [(at: Moment, failed: Bool)] = []
    private var pauses = 0
    private(set) var trips = 0

    /// It is looked at once a second, and what was begun before may still leave.
    private static let notice: Duration = .seconds(3)
    /// The program may have paused it a little sooner than it is certain here, and lets it go as much sooner.
    private static let doubt: Duration = .seconds(120)

    init(_ batch: BatchID, _ breaker: Breaker) {
        self.batch = batch
        self.breaker = breaker
    }

    mutating func ended(_ status: CallStatus, at now: Moment) {
        all.append((now, status == .failed))
        if let tripped {
            // What came to its end in the pause says nothing of the time after it.
            guard now.since(tripped) >= pause else { return }
            self.tripped = nil
            endings = []
        }
        let window = window
        endings.removeAll { now.since($0.at) >= window }
        endings.append((now, status == .failed))
        let failed = endings.count { $0.failed }
        guard status == .failed, endings.count >= breaker.minAttempts,
            Double(failed) >= breaker.failureShare * Double(endings.count)
        else { return }
        tripped = now
        trips += 1
    }

    /// What is wrong with it.
    func dialled(at now: Moment) -> String? {
        guard let tripped, now.since(tripped) > Self.notice, now.since(tripped) < pause - Self.doubt else { return nil }
        return "\(batch) is dialled at \(now), and too many of its attempts had failed at \(tripped)"
    }

    /// What is wrong with a pause.
    mutating func judge(_ pause: Stop) -> String? {
        pauses += 1
        let time = Duration.seconds(breaker.windowMinutes * 60)
        let endings = all.filter { $0.at <= pause.at && pause.at.since($0.at) < time }
        let failed = endings.count { $0.failed }
        guard endings.count >= breaker.minAttempts, Double(failed) >= breaker.failureShare * Double(endings.count)
        else {
            return "\(failed) of \(endings.count) attempts had failed"
        }
        guard let release = pause.release, release.at.since(pause.at + self.pause) < .seconds(1) else {
            return "it was to be let go after \(self.pause)"
        }
        return nil
    }

    /// Shorter by what the program may look later.
    private var window: Duration { .seconds(breaker.windowMinutes * 60 - 2) }
    private var pause: Duration { .seconds((breaker.pauseMinutes ?? 0) * 60) }

    var isTried: Bool { trips > 0 && pauses > 0 }
    var summary: String { "\(batch) failed too often \(trips) times, and was paused \(pauses) times" }
}
