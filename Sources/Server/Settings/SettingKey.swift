package import Configuration

/// Every key that Switchboard reads from the environment or from its file.
package enum SettingKey: String, CaseIterable, Sendable {
    case liveKitURL = "LIVEKIT_URL"
    case liveKitAPIKey = "LIVEKIT_API_KEY"
    case liveKitAPISecret = "LIVEKIT_API_SECRET"
    case databaseURL = "DATABASE_URL"
    case host = "SWITCHBOARD_HOST"
    case port = "SWITCHBOARD_PORT"
    case trunkID = "SWITCHBOARD_TRUNK_ID"
    case dialsPerSecond = "SWITCHBOARD_DIALS_PER_SECOND"
    case maxLive = "SWITCHBOARD_MAX_LIVE"
    case organizationLimits = "SWITCHBOARD_ORGANIZATION_LIMITS"
    case trunkLimits = "SWITCHBOARD_TRUNK_LIMITS"
    case numberLimit = "SWITCHBOARD_NUMBER_LIMIT"
    case maxLateness = "SWITCHBOARD_MAX_LATENESS"
    case rateLimit = "SWITCHBOARD_RATE_LIMIT"
    case rateBurst = "SWITCHBOARD_RATE_BURST"
    case logLevel = "SWITCHBOARD_LOG_LEVEL"
    case logFormat = "SWITCHBOARD_LOG_FORMAT"
    case retention = "SWITCHBOARD_RETENTION"
    case archive = "SWITCHBOARD_ARCHIVE"
    case sandboxPort = "SANDBOX_PORT"

    /// Keys with our prefix that are no settings of the server: where its file is, and what the command line's client reads.
    package enum Client: String, CaseIterable, Sendable {
        case config = "SWITCHBOARD_CONFIG"
        case url = "SWITCHBOARD_URL"
        case key = "SWITCHBOARD_KEY"
    }

    /// As the configuration library knows it; it makes the name in the environment of it again.
    package var configKey: ConfigKey { ConfigKey(rawValue.lowercased().split(separator: "_").map(String.init)) }

    /// Never shown, never logged.
    package var isSecret: Bool { self == .liveKitAPISecret }
}
