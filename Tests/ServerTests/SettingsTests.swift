import CallControl
import CallCore
import Configuration
import LiveKit
import Logging
import Server
import Testing

@Suite("Settings")
struct SettingsTests {
    @Test("with nothing said, everything has its default and calls go to the sandbox")
    func defaults() throws {
        let settings = try read([:])
        #expect(settings.liveKit == nil)
        #expect(settings.database == .file(path: "switchboard.sqlite"))
        #expect(settings.listener == ListenerSetting(host: "127.0.0.1", port: 8080))
        #expect(settings.trunk == nil)
        #expect(settings.dialling == DiallingSetting(perSecond: 20, maxLive: 500, maxLateness: .seconds(900)))
        #expect(settings.rateLimit == RateLimitSetting(perSecond: 100, burst: 200))
        #expect(settings.retention == nil)
        #expect(settings.logs == LogSetting(level: .info, format: .text))
        #expect(settings.sandboxPort == 0)
        #expect(!settings.adoptsLiveKit)
    }

    @Test("everything that is said is taken")
    func everything() throws {
        let settings = try read([
            .liveKitURL: "wss://calls.example.com/", .liveKitAPIKey: "APIabc", .liveKitAPISecret: "hush",
            .databaseURL: "sqlite:/var/lib/sb/calls.sqlite", .host: "0.0.0.0", .port: "0", .trunkID: "ST_1",
            .dialsPerSecond: "0.5", .maxLive: "1000", .maxLateness: "60", .rateLimit: "2.5", .rateBurst: "7",
            .retention: "90 days", .archive: "/var/lib/sb/archive", .logLevel: "DEBUG", .logFormat: "json",
            .sandboxPort: "7890",
        ])
        #expect(settings.liveKit?.url.description == "https://calls.example.com")
        #expect(settings.liveKit?.key == "APIabc")
        #expect(settings.liveKit?.secret.reveal() == "hush")
        #expect(settings.database == .file(path: "/var/lib/sb/calls.sqlite"))
        #expect(settings.listener == ListenerSetting(host: "0.0.0.0", port: 0))
        #expect(settings.trunk == "ST_1")
        #expect(settings.dialling == DiallingSetting(perSecond: 0.5, maxLive: 1000, maxLateness: .seconds(60)))
        #expect(settings.rateLimit == RateLimitSetting(perSecond: 2.5, burst: 7))
        #expect(settings.retention == RetentionSetting(days: 90, archive: "/var/lib/sb/archive"))
        #expect(settings.logs == LogSetting(level: .debug, format: .json))
        #expect(settings.sandboxPort == 7890)
    }

    @Test(
        "a bad value is one fault that names its key",
        arguments: [
            (SettingKey.databaseURL, "postgres:host"), (.databaseURL, "mysql:x"), (.databaseURL, "sqlite:"),
            (.databaseURL, "sqlite://host/file"), (.databaseURL, "sqlite:folder/"), (.databaseURL, "sqlite::shared:"),
            (.databaseURL, "calls.sqlite"), (.host, "two words"), (.host, "http://localhost"), (.host, "a/b"),
            (.port, "65536"), (.port, "-1"), (.port, "http"), (.port, "8080.5"), (.trunkID, "ST one"),
            (.dialsPerSecond, "0"), (.dialsPerSecond, "1000.1"), (.dialsPerSecond, "-3"), (.dialsPerSecond, "nan"),
            (.dialsPerSecond, "inf"), (.dialsPerSecond, "many"), (.maxLive, "0"), (.maxLive, "100001"),
            (.maxLateness, "0"), (.maxLateness, "15min"), (.maxLateness, "604801"), (.rateLimit, "-1"),
            (.rateLimit, "1e9"), (.rateBurst, "0"), (.rateBurst, "2.5"), (.logLevel, "loud"), (.logFormat, "xml"),
            (.retention, "0"), (.retention, "36501"), (.retention, "P3M"), (.retention, "P"), (.retention, "PT5H"),
            (.retention, "three days"), (.retention, "90d"), (.retention, "90 years"), (.retention, "-1"),
            (.retention, "+1"),
            (.retention, "1.5 days"), (.retention, "P-1D"), (.retention, "99999999999999999999"), (.retention, "weeks"),
            (.organizationLimits, "acme"), (.organizationLimits, "acme: fast"), (.organizationLimits, ": 1/s"),
            (.organizationLimits, "acme: 1/s; acme: 2/s"), (.organizationLimits, "acme: 1/s, 2/s"),
            (.organizationLimits, "acme: 0/s"), (.organizationLimits, "acme:"),
            (.organizationLimits, "acme: weight 0"), (.organizationLimits, "acme: weight 101"),
            (.organizationLimits, "acme: weight"), (.organizationLimits, "acme: weight 1.5"),
            (.organizationLimits, "acme: weight 2, weight 3"), (.trunkLimits, "ST_1: weight 2"),
            (.trunkLimits, "ST_1: 0 live"),
            (.trunkLimits, "*: 1/s"), (.trunkLimits, "ST 1: 1/s"), (.trunkLimits, "ST_1: 1001/s"),
            (.numberLimit, "3"), (.numberLimit, "0/24h"), (.numberLimit, "1001/1h"), (.numberLimit, "3/59s"),
            (.numberLimit, "3/0m"), (.numberLimit, "3/31d"), (.numberLimit, "3/721h"), (.numberLimit, "+3/1h"),
            (.numberLimit, "3/1.5h"), (.numberLimit, "3/h"), (.numberLimit, "/1h"), (.numberLimit, "3/1h/1h"),
            (.numberLimit, "3 / 1h"), (.numberLimit, "3/99999999999999999999h"),
            (.archive, "/var/lib/archive"), (.sandboxPort, "70000"), (.port, "\"8080\""), (.host, "'::1'"),
        ])
    func badValue(key: SettingKey, value: String) throws {
        let found = try #require(faults(in: [key: value]))
        #expect(found.map(\.key) == [key.rawValue])
        #expect(found.allSatisfy { !$0.problem.isEmpty && !$0.advice.isEmpty })
    }

    @Test("limits of organizations and trunks are read by name")
    func limits() throws {
        let settings = try read([
            .organizationLimits: "acme: 10/s, weight 3, 50 live; *: 2.5/s ; big: weight 100; even: weight 1",
            .trunkLimits: "ST_1:3 live;ST_2: 1/s",
        ])
        #expect(
            settings.dialling.organizations == [
                "acme": GateLimit(callsPerSecond: 10, maxLive: 50, weight: 3), "*": GateLimit(callsPerSecond: 2.5),
                "big": GateLimit(weight: 100), "even": GateLimit(),
            ])
        #expect(
            settings.dialling.trunks == ["ST_1": GateLimit(maxLive: 3), "ST_2": GateLimit(callsPerSecond: 1)])
        let shown = settings.described.first { $0.key == .organizationLimits }?.value
        #expect(shown == "*: 2.5/s; acme: 10/s, 50 live, weight 3; big: weight 100; even: weight 1")
    }

    @Test(
        "how often a number may be dialled is a count in a time, and shown as such",
        arguments: [
            ("3/24h", 3, 86_400, "3/1d"), ("1/30m", 1, 1800, "1/30m"), ("1/1m", 1, 60, "1/1m"),
            ("1000/30D", 1000, 2_592_000, "1000/30d"), ("2/90m", 2, 5400, "2/90m"), ("2/120m", 2, 7200, "2/2h"),
        ])
    func numberLimit(text: String, dials: Int, seconds: Int, shown: String) throws {
        let settings = try read([.numberLimit: text])
        #expect(settings.dialling.number == NumberLimit(dials: dials, window: .seconds(seconds)))
        #expect(settings.described.first { $0.key == .numberLimit }?.value == shown)
        #expect(try read([.numberLimit: "off"]).dialling.number == nil)
    }

    @Test("what is purged is not counted, so dials must be kept for as long as they count")
    func numberLimitBesideRetention() {
        #expect(faults(in: [.numberLimit: "3/8d", .retention: "7 days"])?.map(\.key) == ["SWITCHBOARD_NUMBER_LIMIT"])
        #expect(faults(in: [.numberLimit: "3/7d", .retention: "7 days"]) == nil)
    }

    @Test(
        "an edge of each range is inside it",
        arguments: [
            (SettingKey.port, "65535"), (.dialsPerSecond, "1000"), (.dialsPerSecond, "0.001"), (.maxLive, "1"),
            (.maxLive, "100000"), (.maxLateness, "1"), (.maxLateness, "604800"), (.rateLimit, "0"),
            (.rateLimit, "1000000"), (.rateBurst, "1"), (.host, "::1"), (.databaseURL, "sqlite::memory:"),
            (.databaseURL, "sqlite:///abs.sqlite"), (.databaseURL, "  sqlite:x  "),
        ])
    func edge(key: SettingKey, value: String) throws {
        #expect(faults(in: [key: value]) == nil)
    }

    @Test("an empty value counts as not set", arguments: SettingKey.allCases)
    func empty(key: SettingKey) throws {
        #expect(faults(in: [key: " "]) == nil)
    }

    @Test(
        "the age of what is purged can be said in several ways",
        arguments: [
            ("1", 1), ("90", 90), ("1 day", 1), ("90 days", 90), ("90  Days", 90), ("2 weeks", 14),
            ("P90D", 90), ("p13w", 91), ("36500", 36_500), ("off", nil), ("OFF", nil),
        ] as [(String, Int?)])
    func retention(text: String, days: Int?) throws {
        #expect(try read([.retention: text]).retention?.days == days)
    }

    @Test("a rate limit of zero is none")
    func noRateLimit() throws {
        #expect(try read([.rateLimit: "0"]).rateLimit == nil)
    }

    @Test("the three keys of LiveKit go together, and each missing one is named")
    func liveKitIsWholeOrAbsent() {
        #expect(
            faults(in: [.liveKitURL: "ws://127.0.0.1:7880"])?.map(\.key) == ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"])
        #expect(faults(in: [.liveKitAPISecret: "s"])?.map(\.key) == ["LIVEKIT_URL", "LIVEKIT_API_KEY"])
        #expect(
            faults(in: [.liveKitURL: "livekit.example.com", .liveKitAPIKey: "k", .liveKitAPISecret: "s"])?.map(\.key)
                == ["LIVEKIT_URL"])
    }

    @Test("all faults come together, in one error")
    func together() throws {
        let found = try #require(
            faults(
                in: [.port: "x", .logLevel: "inf", .databaseURL: "postgres:h", .maxLive: "0", .liveKitAPIKey: "k"],
                names: ["SWITCHBOARD_PROT", "PATH"]))
        #expect(
            Set(found.map(\.key)) == [
                "SWITCHBOARD_PORT", "SWITCHBOARD_LOG_LEVEL", "DATABASE_URL", "SWITCHBOARD_MAX_LIVE", "LIVEKIT_URL",
                "LIVEKIT_API_SECRET", "SWITCHBOARD_PROT",
            ])
    }

    @Test(
        "an unknown key with our prefix is a fault that names the nearest one",
        arguments: [
            ("SWITCHBOARD_PROT", "did you mean SWITCHBOARD_PORT?"),
            ("SWITCHBOARD_DIAL_PER_SECOND", "did you mean SWITCHBOARD_DIALS_PER_SECOND?"),
            ("SWITCHBOARD_CONFIGURATION_FILE_NAME_OF_MINE", "remove it"),
        ])
    func unknown(name: String, advice: String) throws {
        let found = try #require(faults(in: [:], names: [name]))
        #expect(found == [.init(name, "there is no such setting", advice: advice)])
    }

    @Test("every known key, and what others put into the environment, is no stranger")
    func known() {
        let names = SettingKey.allCases.map(\.rawValue) + SettingKey.Client.allCases.map(\.rawValue)
        #expect(faults(in: [:], names: names + ["HOME", "LIVEKIT_REGION", "SWITCH"]) == nil)
    }

    @Test("a misspelt level names the one that was meant")
    func nearestLevel() throws {
        let found = try #require(faults(in: [.logLevel: "waning"]))
        #expect(found.first?.advice == "did you mean warning?")
    }

    @Test("no secret stands in any description, dump or fault")
    func secrets() throws {
        let secret = "SECRET-4711"
        let settings = try read([.liveKitURL: "ws://h:1", .liveKitAPIKey: "k", .liveKitAPISecret: secret])
        var dumped = ""
        dump(settings, to: &dumped)
        let shown = settings.described.map { "\($0.key.rawValue)=\($0.value)" }.joined()
        for text in ["\(settings)", String(reflecting: settings), dumped, shown] { #expect(!text.contains(secret)) }
        #expect(shown.contains("LIVEKIT_API_SECRET=***"))
        let stored = try read([.databaseURL: "postgres://u:\(secret)@h:5433/d?sslpassword=\(secret)"])
        dumped = ""
        dump(stored, to: &dumped)
        for text in ["\(stored)", String(reflecting: stored), dumped, "\(stored.described)"] {
            #expect(!text.contains(secret))
        }
        #expect("\(stored.database)" == "postgres://h:5433/d")
        let bad: [[SettingKey: String]] = [
            [.liveKitAPISecret: secret], [.liveKitAPISecret: "\"\(secret)\""],
            [.databaseURL: "postgres://u:\(secret) @h/d"], [.databaseURL: "postgres:\(secret)"],
            // What libpq takes for the port, for a host that does not end, and for half of a percent sign's letters.
            [.databaseURL: "postgres://u:\(secret)/@h/d"], [.databaseURL: "postgres://u:p@[\(secret)/d"],
            [.databaseURL: "postgres://u:\(secret)%@h/d"], [.databaseURL: "postgres://u@h/d?\(secret)"],
            [.liveKitURL: "ftp://u:\(secret)@h", .liveKitAPIKey: "k", .liveKitAPISecret: "s"],
            [.databaseURL: "mysql://u:\(secret)@h/d"],
        ]
        for values in bad {
            let found = try #require(faults(in: values))
            #expect(!SettingsFault(found).description.contains(secret))
        }
    }

    @Test("every key is described, in the order in which it is documented")
    func described() throws {
        #expect(try read([:]).described.map(\.key) == SettingKey.allCases)
    }

    private func read(_ values: [SettingKey: String], names: [String] = []) throws(SettingsFault) -> Settings {
        try Settings(config: ConfigReader(provider: provider(values)), names: names)
    }

    private func faults(in values: [SettingKey: String], names: [String] = []) -> [SettingsFault.Fault]? {
        do {
            _ = try read(values, names: names)
            return nil
        } catch {
            return error.faults
        }
    }

    private func provider(_ values: [SettingKey: String]) -> InMemoryProvider {
        let pairs = values.map { key, value in
            (AbsoluteConfigKey(key.configKey), ConfigValue(.string(value), isSecret: key.isSecret))
        }
        return InMemoryProvider(values: Dictionary(uniqueKeysWithValues: pairs))
    }
}
