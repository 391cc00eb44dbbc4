import ArgumentParser

/// `switchboard suppress …`: numbers that are never to be dialled.
struct SuppressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppress", abstract: "Numbers that are never dialled.",
        discussion: """
            switchboard suppress add +15005550001 --reason "asked for it"    never dials it again
            switchboard suppress import --csv numbers.csv                    a list of them
            switchboard suppress list                                        shows them
            switchboard suppress remove +15005550001                         dials it again

            Exit codes: 0 done, 1 the server refused, or some rows were bad, 2 it cannot be reached, 3 some calls to them are \
            not ended, or some phones not known to be silent yet, 64 wrong usage.
            """,
        subcommands: [SuppressAdd.self, SuppressImport.self, SuppressList.self, SuppressRemove.self])
}
