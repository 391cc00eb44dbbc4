import ArgumentParser

/// `switchboard stop …`: the emergency brake.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop calling: nothing in scope is dialled until the stop is released.",
        discussion: """
            switchboard stop --all --reason "wrong list"     stops everything of the key's organization
            switchboard stop list                            shows what is stopped
            switchboard stop release stop_…                  lets it go on

            Exit codes: 0 done, 1 the server refused, 2 it cannot be reached, 3 some phones are not known to be silent yet, \
            64 wrong usage.
            """,
        subcommands: [StopSet.self, StopList.self, StopRelease.self], defaultSubcommand: StopSet.self)
}
