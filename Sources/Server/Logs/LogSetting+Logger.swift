package import Logging

extension LogSetting {
    /// The logger for these settings, which writes to standard error.
    package func logger(label: String = "switchboard") -> Logger {
        let level = level
        let format = format
        return Logger(label: label) { _ in LineLogHandler(format: format, logLevel: level) }
    }
}
