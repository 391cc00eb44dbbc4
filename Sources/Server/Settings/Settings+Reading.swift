import CallCore
package import Configuration
import LiveKit
import Logging

extension Settings {
    /// Reads all settings, or says all that is wrong with them.
    ///
    /// - Parameter names: the names in the environment and in the file, to find those that we do not know. What is misspelt
    ///   would otherwise be ignored, and the default taken in silence.
    package init(config: ConfigReader, names: some Sequence<String> = []) throws(SettingsFault) {
        var reading = SettingsReading(config: config)
        self.init(
            liveKit: LiveKitSetting(&reading), database: DatabaseSetting(&reading), listener: ListenerSetting(&reading),
            trunk: reading.trunk(), dialling: DiallingSetting(&reading), rateLimit: RateLimitSetting(&reading),
            retention: RetentionSetting(&reading), logs: LogSetting(&reading),
            sandboxPort: reading.whole(.sandboxPort, in: 0...65_535, default: 0, advice: "0 takes any free port"))
        if let number = dialling.number, let retention, number.window > .seconds(retention.days * 86_400) {
            reading.fault(
                .numberLimit, "counts the dials of a longer time than calls are kept for",
                advice: "make it shorter than SWITCHBOARD_RETENTION, or keep calls for longer")
        }
        reading.add(Self.unknown(names))
        guard reading.faults.isEmpty else { throw SettingsFault(reading.faults) }
    }

    private static func unknown(_ names: some Sequence<String>) -> [SettingsFault.Fault] {
        let known = SettingKey.allCases.map(\.rawValue) + SettingKey.Client.allCases.map(\.rawValue)
        let strangers = Set(names).filter { $0.hasPrefix("SWITCHBOARD_") && !known.contains($0) }
        return strangers.sorted().map { name in
            let near = Spelling.nearest(to: name, in: known).map { "did you mean \($0)?" }
            return .init(String(name.prefix(80)), "there is no such setting", advice: near ?? "remove it")
        }
    }
}

extension LiveKitSetting {
    fileprivate init?(_ reading: inout SettingsReading) {
        let keys: [SettingKey] = [.liveKitURL, .liveKitAPIKey, .liveKitAPISecret]
        // What is given with a fault of its own is not also called missing.
        let before = reading.faults.count
        let texts = keys.map { reading.text($0) }
        let faulty = reading.faults.count > before
        var address: ServerURL?
        if let text = texts[0] {
            address = ServerURL(text)
            if address == nil {
                // Not quoted: a wrong address is where people put a user and a password.
                reading.fault(
                    .liveKitURL, "is not an address of LiveKit",
                    advice: "write wss://HOST, ws://HOST:PORT, https://HOST or http://HOST:PORT, without user and query"
                )
            }
        }
        if !faulty, texts.contains(where: { $0 != nil }) {
            for (key, text) in zip(keys, texts) where text == nil {
                reading.fault(key, "is missing", advice: "set all three LIVEKIT_ keys, or none for the sandbox")
            }
        }
        guard let address, let key = texts[1], let secret = texts[2] else { return nil }
        self.init(url: address, key: key, secret: Secret(secret))
    }
}

extension DatabaseSetting {
    /// Reads where the database is and nothing else, for commands that need no more.
    package init(config: ConfigReader) throws(SettingsFault) {
        var reading = SettingsReading(config: config)
        self.init(&reading)
        guard reading.faults.isEmpty else { throw SettingsFault(reading.faults) }
    }

    fileprivate init(_ reading: inout SettingsReading) {
        let text = reading.text(.databaseURL) ?? "sqlite:switchboard.sqlite"
        if let setting = DatabaseSetting(text) {
            self = setting
        } else {
            self = .memory
            // Not quoted: the address holds a password.
            if Self.isForPostgres(text) {
                reading.fault(
                    .databaseURL, "is no address of a PostgreSQL",
                    advice: "write postgres://USER:PASSWORD@HOST:5432/DATABASE; special characters as %20")
            } else {
                reading.fault(
                    .databaseURL, "is not a database that we know",
                    advice: "write sqlite:PATH, sqlite::memory: or postgres://…")
            }
        }
    }

    /// Reads it as `DATABASE_URL` says it; nil: that is no database.
    package init?(_ text: String) {
        if Self.isForPostgres(text) {
            guard text.contains("://"), !text.contains("\0"), !text.contains(where: \.isWhitespace),
                case let address = PostgresAddress(text), address.isReadable
            else { return nil }
            self = .postgres(address)
        } else if let path = Self.path(in: text) {
            self = path == ":memory:" ? .memory : .file(path: path)
        } else {
            return nil
        }
    }

    private static func isForPostgres(_ text: String) -> Bool {
        text.hasPrefix("postgres:") || text.hasPrefix("postgresql:")
    }

    /// The path in `sqlite:PATH`; `sqlite:///PATH` is the same absolute path.
    private static func path(in text: String) -> String? {
        guard text.hasPrefix("sqlite:") else { return nil }
        var path = text.dropFirst("sqlite:".count)
        if path.hasPrefix("//") {
            path = path.dropFirst(2)
            // What follows two slashes in an address is a host, and a file has none.
            guard path.hasPrefix("/") else { return nil }
        }
        guard !path.isEmpty, path != "/", !path.hasSuffix("/"), !path.contains("?"), !path.contains("\0") else {
            return nil
        }
        if path.hasPrefix(":"), path != ":memory:" { return nil }
        return String(path)
    }
}

extension ListenerSetting {
    fileprivate init(_ reading: inout SettingsReading) {
        var host = "127.0.0.1"
        if let text = reading.text(.host) {
            if text.count <= 253, text.utf8.allSatisfy(Self.mayStandInHost) {
                host = text
            } else {
                reading.fault(
                    .host, "\"\(text.shown)\" is neither a name nor an address",
                    advice: "write 127.0.0.1 for this machine only, or 0.0.0.0 for all that can reach it")
            }
        }
        self.init(
            host: host,
            port: reading.whole(
                .port, in: 0...65_535, default: 8080, advice: "the default is 8080, 0 takes any free port")
        )
    }

    private static func mayStandInHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}

extension DiallingSetting {
    fileprivate init(_ reading: inout SettingsReading) {
        self.init(
            perSecond: reading.number(.dialsPerSecond, default: 20, saying: "a number above 0, at most 1000") {
                $0 > 0 && $0 <= 1000
            },
            maxLive: reading.whole(.maxLive, in: 1...100_000, default: 500),
            maxLateness: .seconds(
                reading.whole(
                    .maxLateness, in: 1...604_800, default: 900, advice: "it is in seconds, the default is 900")),
            organizations: LimitList.read(.organizationLimits, &reading),
            trunks: LimitList.read(.trunkLimits, &reading),
            number: NumberLimit(&reading))
    }
}

extension RateLimitSetting {
    fileprivate init?(_ reading: inout SettingsReading) {
        let perSecond = reading.number(.rateLimit, default: 100, saying: "a number from 0 (off) to 1000000") {
            $0 >= 0 && $0 <= 1_000_000
        }
        let burst = reading.whole(.rateBurst, in: 1...1_000_000, default: 200)
        guard perSecond > 0 else { return nil }
        self.init(perSecond: perSecond, burst: burst)
    }
}

extension RetentionSetting {
    fileprivate init?(_ reading: inout SettingsReading) {
        let archive = reading.text(.archive)
        guard let text = reading.text(.retention)?.lowercased(), text != "off" else {
            if archive != nil {
                reading.fault(
                    .archive, "is where purged calls go, and none are purged",
                    advice: "set SWITCHBOARD_RETENTION as well, or remove it")
            }
            return nil
        }
        guard let days = Self.days(text), (1...36_500).contains(days) else {
            reading.fault(
                .retention, "\"\(text.shown)\" is not a number of days from 1 to 36500",
                advice: "write 90, 90 days, 13 weeks, P90D or off")
            return nil
        }
        self.init(days: days, archive: archive)
    }

    /// `90`, `90 days`, `13 weeks`, or as ISO 8601 has it `P90D`, `P13W`.
    private static func days(_ text: String) -> Int? {
        var digits = text.prefix { $0 != " " }
        var unit = text[digits.endIndex...].drop { $0 == " " }
        if text.hasPrefix("p") {
            digits = text.dropFirst().prefix { $0.isASCII && $0.isNumber }
            unit = text[digits.endIndex...]
            guard ["d", "w"].contains(unit) else { return nil }
        }
        guard !digits.hasPrefix("+"), let number = Int(digits), number < 1_000_000 else { return nil }
        switch unit {
        case "", "d", "day", "days": return number
        case "w", "week", "weeks": return 7 * number
        default: return nil
        }
    }
}

extension LogSetting {
    fileprivate init(_ reading: inout SettingsReading) {
        self.init(
            level: reading.choice(.logLevel, default: Logger.Level.info),
            format: reading.choice(.logFormat, default: Format.text))
    }
}

extension SettingsReading {
    fileprivate mutating func trunk() -> String? {
        guard let text = text(.trunkID) else { return nil }
        guard text.count <= 200, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            fault(
                .trunkID, "\"\(text.shown)\" is no id", advice: "write the id of LiveKit's outbound trunk, as ST_abc123"
            )
            return nil
        }
        return text
    }
}
