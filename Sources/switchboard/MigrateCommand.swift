import ArgumentParser
import Server

/// `switchboard migrate`: brings the database to this program's version.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the tables of DATABASE_URL to this version.",
        discussion: """
            Forward only, and safe while nodes of the version before are at work: run it, then replace the nodes one by one. A \
            SQLite file is brought there whenever it is opened, and an empty PostgreSQL when the first server starts on it.
            """)

    @OptionGroup var file: ConfigOptions

    func run() async throws {
        let database = try file.database()
        do {
            let done = try database.migrate()
            for name in done { Terminal.print("done: \(name)") }
            if done.isEmpty { Terminal.print("\(database) is current") }
        } catch {
            Terminal.complain("switchboard: \(error)")
            throw ExitCode.failure
        }
    }
}
