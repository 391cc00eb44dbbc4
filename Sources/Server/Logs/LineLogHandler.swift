import CallControl
import CallCore
import Glibc
package import Logging

/// Writes every event as one line, with one write.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let format: LogSetting.Format
    private let milliseconds: @Sendable () -> Int64
    private let write: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - milliseconds: the time, since 1970.
    ///   - write: takes a line with its line feed.
    package init(
        format: LogSetting.Format, logLevel: Logger.Level,
        milliseconds: @escaping @Sendable () -> Int64 = LineLogHandler.wallClock,
        write: @escaping @Sendable ([UInt8]) -> Void = LineLogHandler.standardError
    ) {
        self.format = format
        self.logLevel = logLevel
        self.milliseconds = milliseconds
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let more = event.metadata { all.merge(more) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let line = LogLine(
            milliseconds: milliseconds(), level: event.level, message: event.message.description, metadata: all)
        switch format {
        case .text: write(line.text)
        case .json: write(line.json)
        }
    }

    package static let wallClock: @Sendable () -> Int64 = { SystemClock().now.milliseconds }

    /// One write a line, so that lines of several threads do not mix.
    ///
    /// What cannot be written is lost: a log must not stop a call.
    package static let standardError: @Sendable ([UInt8]) -> Void = { line in
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }
}
