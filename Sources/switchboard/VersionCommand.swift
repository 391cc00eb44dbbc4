import ArgumentParser
import Server

/// `switchboard version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() { Terminal.print("switchboard \(Release.version)") }
}
