import ArgumentParser
import Foundation

/// `suppress import`: suppresses the numbers of a file, a thousand a request.
struct SuppressImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Suppress the numbers of a CSV file.",
        discussion: """
            The first line names the columns; the one with the numbers is called \
            \(SuppressionColumn.names.joined(separator: ", ")), in any case and with or without spaces, '_' and '-'. All others \
            are passed over. A file of bare numbers needs no such line.

            A bad row is told with its line and its reason, and keeps no other one out. The same file can be imported again: \
            what was suppressed stays so.
            """)

    @OptionGroup var server: ServerOptions

    @Option(help: ArgumentHelp("The file, or - for standard input.", valueName: "file"))
    var csv: String

    @Flag(help: "Hang up calls to them that are connecting, ringing or active.")
    var hangup = false

    @Option(help: "Why; shown with the suppressions and with the calls that it ends.")
    var reason: String?

    func run() async throws {
        let file = try CSVFile(csv)
        let refused = try await server.asking { client in
            var importing = SuppressionImport(
                file, view: ImportView(isSilent: server.json),
                sender: ImportSender(client: client, path: ["suppressions"], run: UUID().uuidString.lowercased()),
                request: SuppressionRequest(hangsUp: hangup, reason: reason))
            return try await importing.run()
        }
        if refused > 0 { throw ExitCode.failure }
    }
}
