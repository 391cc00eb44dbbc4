import CoreMetrics
import Server
import Testing

@Suite struct MetricsTests {
    @Test func aHistogramIsWrittenAsPrometheusReadsIt() {
        let registry = MetricsRegistry(help: ["silence_seconds": "How long until silence."])
        let timer = Timer(label: "silence_seconds", factory: registry)
        timer.recordMilliseconds(120)
        timer.recordMilliseconds(120)
        timer.recordSeconds(4)
        timer.recordSeconds(1000)
        let lines = registry.exposition().split(separator: "\n").map(String.init)
        #expect(lines.first == "# HELP silence_seconds How long until silence.")
        #expect(lines.dropFirst().first == "# TYPE silence_seconds histogram")
        // Buckets add up: each holds all that is not longer than its bound.
        #expect(lines.contains(#"silence_seconds_bucket{le="0.1"} 0"#))
        #expect(lines.contains(#"silence_seconds_bucket{le="0.125"} 2"#))
        #expect(lines.contains(#"silence_seconds_bucket{le="5.0"} 3"#))
        #expect(lines.contains(#"silence_seconds_bucket{le="300.0"} 3"#))
        #expect(lines.contains(#"silence_seconds_bucket{le="+Inf"} 4"#))
        #expect(lines.contains("silence_seconds_count 4"))
        #expect(lines.contains("silence_seconds_sum 1004.24"))
    }

    @Test func theSameNameAndLabelsAreOneSeries() {
        let registry = MetricsRegistry(help: [:])
        Counter(label: "tries_total", dimensions: [("of", "a \"b\"\n")], factory: registry).increment()
        Counter(label: "tries_total", dimensions: [("of", "a \"b\"\n")], factory: registry).increment(by: 2)
        Counter(label: "tries_total", factory: registry).increment()
        Meter(label: "level", factory: registry).set(2.5)
        #expect(
            registry.exposition() == """
                # HELP tries_total tries_total
                # TYPE tries_total counter
                tries_total 1
                tries_total{of="a \\"b\\"\\n"} 3
                # HELP level level
                # TYPE level gauge
                level 2.5

                """)
    }
}
