import ArgumentParser

/// `switchboard calls …`: what callers of the API do, from a terminal.
struct CallsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "Place, see, watch and cancel calls of a running server.",
        discussion: "Exit codes: 0 done, 1 the server refused, 2 it cannot be reached, 64 wrong usage.",
        subcommands: [
            CallsSchedule.self, CallsDial.self, CallsList.self, CallsGet.self, CallsCancel.self, CallsWatch.self,
        ])
}
