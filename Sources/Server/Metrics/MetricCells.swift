import CoreMetrics
import NIOConcurrencyHelpers

/// A number that only grows.
final class Count: CounterHandler {
    private let box = NIOLockedValueBox(Int64(0))

    var value: Int64 { box.withLockedValue { $0 } }
    func increment(by amount: Int64) { box.withLockedValue { $0 += amount } }
    func reset() { box.withLockedValue { $0 = 0 } }
}

/// A number that goes up and down.
final class Level: MeterHandler {
    private let box = NIOLockedValueBox(0.0)

    var value: Double { box.withLockedValue { $0 } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { box.withLockedValue { $0 = value } }
    func increment(by amount: Double) { box.withLockedValue { $0 += amount } }
    func decrement(by amount: Double) { box.withLockedValue { $0 -= amount } }
}

/// How often a time fell between two bounds, in seconds.
///
/// A hang-up takes a pause of 100 ms and a look: so the bounds are close together around that, and reach to what wakes people up.
final class Histogram: TimerHandler, RecorderHandler {
    static let bounds = [
        0.05, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0,
    ]

    private struct State {
        var buckets = [Int](repeating: 0, count: Histogram.bounds.count)
        var sum = 0.0
        var count = 0
    }

    private let state = NIOLockedValueBox(State())

    var snapshot: (buckets: [Int], sum: Double, count: Int) {
        state.withLockedValue { ($0.buckets, $0.sum, $0.count) }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLockedValue { state in
            if let bucket = Self.bounds.firstIndex(where: { value <= $0 }) { state.buckets[bucket] += 1 }
            state.sum += value
            state.count += 1
        }
    }
}
