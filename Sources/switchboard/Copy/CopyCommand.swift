import ArgumentParser
import NIOConcurrencyHelpers
import Server

/// `switchboard copy`: moves an installation from a SQLite file into a PostgreSQL.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Move an installation from a SQLite file into an empty PostgreSQL.",
        discussion: """
            Stop the server first. Every table is copied and then compared by its number of rows and a checksum; the exit code is 1 \
            where anything differs, and no server starts on the target before all is equal. From then on none starts on the file, \
            because it would dial a second time what waits there; else the file stays as it is.
            """)

    @Option(help: ArgumentHelp("The file.", valueName: "sqlite:PATH"))
    var from: String

    @Option(help: ArgumentHelp("Where to. Without it: DATABASE_URL.", valueName: "postgres://…"))
    var to: String?

    @Flag(help: "Empty what a copy that did not end has left behind, and begin again.")
    var restart = false

    @Flag(help: "Copy nothing: let servers start on the file again. Only where none has run on the target.")
    var takeBack = false

    @OptionGroup var file: ConfigOptions

    func run() async throws {
        guard let source = DatabaseSetting(from) else { throw ValidationError("--from is sqlite:PATH") }
        guard !takeBack else {
            do {
                try DatabaseCopy.takeBack(source)
            } catch {
                Terminal.complain("switchboard: \(error)")
                throw ExitCode.failure
            }
            return Terminal.print("servers may start on \(from.harmless) again; never on its copy as well")
        }
        let target: DatabaseSetting
        if let to {
            guard let setting = DatabaseSetting(to) else { throw ValidationError("--to is postgres://…") }
            target = setting
        } else {
            target = try file.database()
        }
        let view = NIOLockedValueBox(CopyView())
        let outcome: Result<DatabaseCopy.Report, any Error>
        do {
            let copy = try DatabaseCopy(from: source, to: target)
            outcome = .success(
                try await copy.run(restart: restart) { progress in
                    view.withLockedValue { $0.show(progress) }
                })
        } catch {
            outcome = .failure(error)
        }
        view.withLockedValue { $0.end() }
        try tell(outcome)
    }

    private func tell(_ outcome: Result<DatabaseCopy.Report, any Error>) throws {
        let report: DatabaseCopy.Report
        switch outcome {
        case .success(let success): report = success
        case .failure(let error):
            Terminal.complain("switchboard: \(error)")
            throw ExitCode.failure
        }
        for table in report.differing {
            Terminal.complain(
                """
                \(table.table) differs: \(table.source.rows) rows \(table.source.checksum) in the source, \
                \(table.target.rows) rows \(table.target.checksum) in the target
                """)
        }
        for log in report.brokenLogs { Terminal.complain("the audit log of \(log.harmless)") }
        guard report.differing.isEmpty else {
            Terminal.complain(
                "switchboard: the copy is not the original, and no server starts on it; --restart begins again")
            throw ExitCode.failure
        }
        Terminal.print("\(report.rows) rows in \(report.tables.count) tables are the same on both sides")
        guard report.brokenLogs.isEmpty else {
            Terminal.complain("switchboard: the copy is complete, but an audit log was broken in the source already")
            throw ExitCode.failure
        }
        Terminal.print("every audit log's chain is good; no server starts on \(from.harmless) any more")
    }
}
