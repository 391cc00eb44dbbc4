import Logging

/// What a node writes to its log, as lines of the trace.
struct TraceLog: LogHandler {
    let trace: Trace
    let node: String
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let why = (event.metadata?["why"]).map { " (\($0))" } ?? ""
        trace.say("log", "\(node) \(event.level): \(event.message)\(why)")
    }
}
