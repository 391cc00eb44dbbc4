import CallCore
import LiveKit
import Logging

extension Settings {
    /// Every key with its effective value, for people; a secret is three stars.
    package var described: [(key: SettingKey, value: String)] {
        SettingKey.allCases.map { ($0, described($0)) }
    }

    private func described(_ key: SettingKey) -> String {
        switch key {
        case .liveKitURL: liveKit?.url.description ?? "not set: calls go to the sandbox within"
        case .liveKitAPIKey: liveKit?.key ?? "not set"
        case .liveKitAPISecret: liveKit?.secret.description ?? "not set"
        case .databaseURL: database.description
        case .host: listener.host
        case .port: listener.port == 0 ? "0 (any free one)" : "\(listener.port)"
        case .trunkID: trunk ?? "not set"
        case .dialsPerSecond: Self.plain(dialling.perSecond)
        case .maxLive: "\(dialling.maxLive)"
        case .organizationLimits: LimitList.described(dialling.organizations)
        case .trunkLimits: LimitList.described(dialling.trunks)
        case .numberLimit: dialling.number?.described ?? "off"
        case .maxLateness: "\(dialling.maxLateness.components.seconds)"
        case .rateLimit: rateLimit.map { Self.plain($0.perSecond) } ?? "0 (off)"
        case .rateBurst: rateLimit.map { "\($0.burst)" } ?? "unused"
        case .retention: retention.map { $0.days == 1 ? "1 day" : "\($0.days) days" } ?? "off: everything is kept"
        case .archive: retention?.archive ?? "not set"
        case .logLevel: logs.level.rawValue
        case .logFormat: logs.format.rawValue
        case .sandboxPort: sandboxPort == 0 ? "0 (any free one)" : "\(sandboxPort)"
        }
    }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
}

extension DatabaseSetting: CustomStringConvertible {
    package var description: String {
        switch self {
        case .memory: "sqlite::memory:"
        case .file(let path): "sqlite:\(path)"
        case .postgres(let address): "\(address)"
        }
    }
}
