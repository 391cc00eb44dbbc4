import ArgumentParser

@main
struct Switchboard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchboard", abstract: "Call control for AI voice agents on LiveKit.",
        subcommands: [
            ServeCommand.self, SandboxCommand.self, KeysCommand.self, AuditCommand.self, CallsCommand.self,
            BatchCommand.self, StopCommand.self, SuppressCommand.self, OrganizationCommand.self,
            MigrateCommand.self, CopyCommand.self, CheckConfigCommand.self,
            VersionCommand.self,
        ])
}
