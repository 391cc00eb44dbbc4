import Foundation
import Server
import Testing

@Suite("Where settings come from")
struct SettingsSourceTests {
    @Test("the environment alone is enough, and its names are the documented ones")
    func environment() throws {
        let environment = ["SWITCHBOARD_PORT": "1234", "SWITCHBOARD_DIALS_PER_SECOND": "3", "SANDBOX_PORT": "4321"]
        let settings = try SettingsSource.load(environment: environment).settings()
        #expect(settings.listener.port == 1234)
        #expect(settings.dialling.perSecond == 3)
        #expect(settings.sandboxPort == 4321)
    }

    @Test("a file fills what the environment leaves open")
    func file() throws {
        let text = """
            # the night shift's server
            SWITCHBOARD_PORT = 1234
              SWITCHBOARD_HOST=0.0.0.0
            export SWITCHBOARD_LOG_FORMAT=json

            LIVEKIT_URL=wss://lk.example.com
            LIVEKIT_API_KEY=key
            LIVEKIT_API_SECRET=a=b==
            """
        try withFile(text) { path in
            let named = ["SWITCHBOARD_CONFIG": path, "SWITCHBOARD_PORT": "99"]
            let settings = try SettingsSource.load(environment: named).settings()
            #expect(settings.listener == ListenerSetting(host: "0.0.0.0", port: 99))
            #expect(settings.logs.format == .json)
            #expect(settings.liveKit?.secret.reveal() == "a=b==")
            #expect(try SettingsSource.load(file: path, environment: [:]).settings().listener.port == 1234)
        }
    }

    @Test("the file on the command line goes before the one in the environment")
    func commandLine() throws {
        try withFile("SWITCHBOARD_PORT=1") { path in
            let source = try SettingsSource.load(file: path, environment: ["SWITCHBOARD_CONFIG": "/nowhere/at/all"])
            #expect(try source.settings().listener.port == 1)
        }
    }

    @Test("a file that is not there is a fault of the key that named it")
    func missing() {
        #expect(fault { try SettingsSource.load(file: "/nowhere/at/all", environment: [:]) } == ["--config"])
        #expect(
            fault { try SettingsSource.load(environment: ["SWITCHBOARD_CONFIG": "/nowhere/at/all"]) }
                == ["SWITCHBOARD_CONFIG"])
    }

    @Test("a line that is no setting is a fault, and is not quoted")
    func nonsense() throws {
        try withFile("SWITCHBOARD_PORT=1\nSECRET-4711\n=5\nTWO WORDS=1") { path in
            do {
                _ = try SettingsSource.load(file: path, environment: [:])
                Issue.record("the file was taken")
            } catch let error as SettingsFault {
                #expect(error.faults.map(\.key) == [2, 3, 4].map { "\(path), line \($0)" })
                #expect(!error.description.contains("4711"))
            }
        }
    }

    @Test("a key that is misspelt in the file is a fault, too")
    func misspelt() throws {
        try withFile("SWITCHBOARD_HOTS=0.0.0.0") { path in
            #expect(
                fault { try SettingsSource.load(file: path, environment: [:]).settings() } == ["SWITCHBOARD_HOTS"])
        }
    }

    private func fault(_ work: () throws -> some Any) -> [String]? {
        do {
            _ = try work()
            return nil
        } catch {
            return (error as? SettingsFault)?.faults.map(\.key)
        }
    }

    private func withFile(_ text: String, _ work: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-\(UUID()).env").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try work(path)
    }
}
