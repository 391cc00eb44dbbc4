import ArgumentParser
import Server

/// Where the settings come from.
struct ConfigOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file of KEY=value lines; the environment goes before it.", valueName: "path"))
    var config: String?

    /// All settings, or a message for each fault and exit code 1.
    func settings() throws -> Settings { try explaining { () throws(SettingsFault) in try source().settings() } }

    /// Only where the database is, so that a fault elsewhere is in nobody's way.
    func database() throws -> DatabaseSetting {
        try explaining { () throws(SettingsFault) in try DatabaseSetting(config: try source().config) }
    }

    private func source() throws(SettingsFault) -> SettingsSource { try SettingsSource.load(file: config) }

    private func explaining<Value>(_ read: () throws(SettingsFault) -> Value) throws -> Value {
        do {
            return try read()
        } catch {
            Terminal.complain("switchboard: the settings cannot be used")
            for fault in error.faults { Terminal.complain("  \(fault)") }
            throw ExitCode.failure
        }
    }
}
