import ArgumentParser
import Server

/// `switchboard check-config`: shows the settings, and tries what they name.
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Show the settings; try LiveKit's credentials, the trunk and the database.",
        discussion: "The database is opened as the server opens it: made where it is missing, migrated where it is old."
    )

    @OptionGroup var file: ConfigOptions

    func run() async throws {
        let settings = try file.settings()
        let width = (settings.described.map(\.key.rawValue.count).max() ?? 0) + 2
        for (key, value) in settings.described {
            Terminal.print(key.rawValue + String(repeating: " ", count: width - key.rawValue.count) + value.harmless)
        }
        Terminal.print("")
        var failed = false
        for finding in await ConfigurationProbe(settings: settings).run() {
            switch finding {
            case .works(let what, let detail): Terminal.print("ok       \(what): \(detail.harmless)")
            case .skipped(let what, let why): Terminal.print("skipped  \(what): \(why)")
            case .fails(let fault):
                failed = true
                Terminal.print("FAILED   \(fault.description.harmless)")
            }
        }
        if failed { throw ExitCode.failure }
    }
}
