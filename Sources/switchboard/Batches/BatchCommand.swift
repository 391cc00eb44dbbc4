import ArgumentParser

/// `switchboard batch …`: calls by the thousand.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Schedule calls from a file, and see and cancel what was scheduled so.",
        discussion: """
            switchboard batch create --csv people.csv --agent … --dry-run    shows every bad row
            switchboard batch create --csv people.csv --agent …              schedules the good ones
            switchboard batch cancel batch_…                                 cancels what is left

            Exit codes: 0 done, 1 the server refused something, 2 it cannot be reached, 3 some phones are not known to be \
            silent yet, 64 wrong usage.
            """,
        subcommands: [BatchCreate.self, BatchList.self, BatchGet.self, BatchCancel.self])
}
