package import CoreMetrics
import NIOConcurrencyHelpers

/// Keeps what is measured, and writes it as Prometheus reads it.
///
/// The back end for `swift-metrics` is our own because none is to be had among the packages; see Documentation/Decisions.
package final class MetricsRegistry: MetricsFactory {
    /// One time series: a name with its labels.
    fileprivate struct Series: Hashable, Comparable, Sendable {
        let name: String
        /// As they stand between the braces; empty for none.
        let labels: String

        static func < (left: Series, right: Series) -> Bool { (left.name, left.labels) < (right.name, right.labels) }
    }

    private struct State {
        var counts: [Series: Count] = [:]
        var levels: [Series: Level] = [:]
        var histograms: [Series: Histogram] = [:]
    }

    private let help: [String: String]
    private let state = NIOLockedValueBox(State())

    /// `help`: a sentence for each name.
    package init(help: [String: String]) { self.help = help }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        state.withLockedValue { $0.counts[Series(label, dimensions), insertingNew: Count()] }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        state.withLockedValue { $0.levels[Series(label, dimensions), insertingNew: Level()] }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        histogram(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> Histogram {
        state.withLockedValue { $0.histograms[Series(label, dimensions), insertingNew: Histogram()] }
    }

    // Series live as long as the process: Prometheus takes one that vanishes for a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// The text exposition format, version 0.0.4.
    package func exposition() -> String {
        let state = state.withLockedValue { $0 }
        var text = ""
        var headed: Set<String> = []
        func head(_ name: String, _ type: String) {
            guard headed.insert(name).inserted else { return }
            text += "# HELP \(name) \(help[name] ?? name)\n# TYPE \(name) \(type)\n"
        }
        for (series, count) in state.counts.sorted(by: { $0.key < $1.key }) {
            head(series.name, "counter")
            text += "\(series.name)\(series.braced()) \(count.value)\n"
        }
        for (series, level) in state.levels.sorted(by: { $0.key < $1.key }) {
            head(series.name, "gauge")
            text += "\(series.name)\(series.braced()) \(level.value)\n"
        }
        for (series, histogram) in state.histograms.sorted(by: { $0.key < $1.key }) {
            head(series.name, "histogram")
            let (buckets, sum, count) = histogram.snapshot
            var below = 0
            for (bound, inBucket) in zip(Histogram.bounds, buckets) {
                below += inBucket
                text += "\(series.name)_bucket\(series.braced("le=\"\(bound)\"")) \(below)\n"
            }
            text += "\(series.name)_bucket\(series.braced("le=\"+Inf\"")) \(count)\n"
            text += "\(series.name)_sum\(series.braced()) \(sum)\n\(series.name)_count\(series.braced()) \(count)\n"
        }
        return text
    }
}

extension MetricsRegistry.Series {
    init(_ label: String, _ dimensions: [(String, String)]) {
        name = label
        labels = dimensions.map { name, value in
            let escaped = value.map { character in
                switch character {
                case "\\": "\\\\"
                case "\"": "\\\""
                case "\n": "\\n"
                default: String(character)
                }
            }
            return "\(name)=\"\(escaped.joined())\""
        }.joined(separator: ",")
    }

    /// The labels in braces, with one more behind them.
    fileprivate func braced(_ extra: String = "") -> String {
        let all = [labels, extra].filter { !$0.isEmpty }.joined(separator: ",")
        return all.isEmpty ? "" : "{\(all)}"
    }
}

extension Dictionary {
    fileprivate subscript(key: Key, insertingNew value: @autoclosure () -> Value) -> Value {
        mutating get {
            if let old = self[key] { return old }
            let new = value()
            self[key] = new
            return new
        }
    }
}
