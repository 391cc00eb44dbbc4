import CallCore
package import CoreMetrics

/// What the dispatcher measures.
package struct DispatchMetrics: Sendable {
    private let silence: Timer
    private let dials: Counter
    private let tries: Counter
    private let failures: Counter
    private let unrecorded: Counter
    private let purges: Counter

    package init(factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        silence = Timer(label: Self.cancelToSilence, factory: factory)
        dials = Counter(label: Self.dialsSent, factory: factory)
        tries = Counter(label: Self.hangUpTries, factory: factory)
        failures = Counter(label: Self.hangUpFailures, factory: factory)
        unrecorded = Counter(label: Self.unrecordedHangUps, factory: factory)
        purges = Counter(label: Self.callsPurged, factory: factory)
    }

    /// From the cancel's commit until LiveKit shows neither room nor phone: the figure that the server is judged by.
    func silent(after duration: Duration) { silence.recordMilliseconds(duration.milliseconds) }
    func dialSent() { dials.increment() }
    func hangUpTried() { tries.increment() }
    func hangUpFailed() { failures.increment() }
    func hungUpUnrecorded() { unrecorded.increment() }
    func purged(_ calls: Int) { purges.increment(by: calls) }

    private static let cancelToSilence = "switchboard_cancel_to_silence_seconds"
    private static let dialsSent = "switchboard_dials_sent_total"
    private static let hangUpTries = "switchboard_hang_up_tries_total"
    private static let hangUpFailures = "switchboard_hang_up_failures_total"
    private static let unrecordedHangUps = "switchboard_unrecorded_hang_ups_total"
    private static let callsPurged = "switchboard_calls_purged_total"

    /// A sentence for each name, as a scrape shows it.
    package static let help = [
        cancelToSilence: "From a cancel's commit until LiveKit shows neither its room nor its phone.",
        dialsSent: "Dials that left for LiveKit.",
        hangUpTries: "Tries to hang up, whatever came of them.",
        hangUpFailures:
            "Tries to hang up after which the room or the phone was still there, or LiveKit did not answer.",
        unrecordedHangUps: "Hang-ups whose cancellation could not be written down.",
        callsPurged: "Calls that were over for long enough and were deleted.",
    ]
}
