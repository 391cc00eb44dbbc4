package import CallControl
package import CallCore
package import LiveKit
package import Logging

/// What the server was told, parsed once and complete: nothing behind the door asks the environment again.
package struct Settings: Sendable {
    /// The phone network to use; nil: a sandbox is started within.
    package var liveKit: LiveKitSetting?
    package var database: DatabaseSetting
    package var listener: ListenerSetting
    /// LiveKit's outbound trunk for agents that name none.
    package var trunk: String?
    package var dialling: DiallingSetting
    /// Nil: requests are not limited.
    package var rateLimit: RateLimitSetting?
    /// Nil: everything is kept.
    package var retention: RetentionSetting?
    package var logs: LogSetting
    /// The port of the sandbox within; 0: any free one.
    package var sandboxPort: Int
    /// Start although calls are open at another LiveKit address: said on the command line only, never kept in a file.
    package var adoptsLiveKit: Bool

    /// What is not said has its documented default.
    package init(
        liveKit: LiveKitSetting? = nil, database: DatabaseSetting = .file(path: "switchboard.sqlite"),
        listener: ListenerSetting = ListenerSetting(), trunk: String? = nil,
        dialling: DiallingSetting = DiallingSetting(), rateLimit: RateLimitSetting? = RateLimitSetting(),
        retention: RetentionSetting? = nil, logs: LogSetting = LogSetting(), sandboxPort: Int = 0,
        adoptsLiveKit: Bool = false
    ) {
        self.liveKit = liveKit
        self.database = database
        self.listener = listener
        self.trunk = trunk
        self.dialling = dialling
        self.rateLimit = rateLimit
        self.retention = retention
        self.logs = logs
        self.sandboxPort = sandboxPort
        self.adoptsLiveKit = adoptsLiveKit
    }
}

/// A LiveKit server and what it lets us in with.
package struct LiveKitSetting: Sendable {
    package let url: ServerURL
    package let key: String
    package let secret: Secret

    package init(url: ServerURL, key: String, secret: Secret) {
        self.url = url
        self.key = key
        self.secret = secret
    }
}

/// Where calls are kept.
package enum DatabaseSetting: Sendable, Hashable {
    /// Gone when the process ends.
    case memory
    /// A SQLite file; the path is as it was given, relative to the working directory unless it begins with a slash.
    case file(path: String)
    /// A PostgreSQL that other nodes may use too.
    case postgres(PostgresAddress)
}

/// Where a PostgreSQL is, as libpq reads it; what is shown of it has no password in it.
package struct PostgresAddress: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    private let url: String

    package init(_ url: String) { self.url = url }

    /// The whole, for the one place that connects.
    package func reveal() -> String { url }

    /// Scheme, hosts and database: user, password and parameters stay away.
    package var description: String {
        let rest = url.split(separator: "?", maxSplits: 1)[0]
        let place = rest.drop { $0 != "/" }.dropFirst(2)
        return "postgres://" + (place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place)
    }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where the API listens.
package struct ListenerSetting: Sendable, Hashable {
    package let host: String
    /// 0: any free one.
    package let port: Int

    package init(host: String = "127.0.0.1", port: Int = 8080) {
        self.host = host
        self.port = port
    }
}

/// How fast and how many.
package struct DiallingSetting: Sendable, Hashable {
    package let perSecond: Double
    /// Calls that are connecting, ringing or active at a time.
    package let maxLive: Int
    /// A call that is later than this is not dialled any more.
    package let maxLateness: Duration
    /// By their names; `*` is every other one.
    package let organizations: [String: GateLimit]
    package let trunks: [String: GateLimit]
    /// Nil: a number may be dialled as often as somebody likes.
    package let number: NumberLimit?

    package init(
        perSecond: Double = 20, maxLive: Int = 500, maxLateness: Duration = .seconds(900),
        organizations: [String: GateLimit] = [:], trunks: [String: GateLimit] = [:], number: NumberLimit? = nil
    ) {
        self.perSecond = perSecond
        self.maxLive = maxLive
        self.maxLateness = maxLateness
        self.organizations = organizations
        self.trunks = trunks
        self.number = number
    }
}

/// A token bucket for each API key.
package struct RateLimitSetting: Sendable, Hashable {
    package let perSecond: Double
    package let burst: Int

    package init(perSecond: Double = 100, burst: Int = 200) {
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// How long calls are kept that are over.
package struct RetentionSetting: Sendable, Hashable {
    package let days: Int
    /// The folder that they are written to before they are purged.
    package let archive: String?

    package init(days: Int, archive: String? = nil) {
        self.days = days
        self.archive = archive
    }
}

/// How much is logged, and in which form.
package struct LogSetting: Sendable, Hashable {
    package enum Format: String, Sendable, CaseIterable { case text, json }

    package let level: Logger.Level
    package let format: Format

    package init(level: Logger.Level = .info, format: Format = .text) {
        self.level = level
        self.format = format
    }
}
