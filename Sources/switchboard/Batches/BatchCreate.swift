import ArgumentParser
import Foundation

/// `batch create`: schedules the calls of a file, a thousand a request.
struct BatchCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Schedule the calls of a CSV file.",
        discussion: """
            The first line names the columns, in any case and with or without spaces, '_' and '-': \
            \(BatchColumns.help). metadata and callMetadata hold JSON objects; metadata.NAME and callMetadata.NAME put a text \
            into them; retryIntervals has ';' between several. Only the phone number is required.

            A bad row is told with its line and its reason, and keeps no other one out. Each thousand rows are a batch.
            """)

    @OptionGroup var server: ServerOptions

    @Option(help: ArgumentHelp("The file, or - for standard input.", valueName: "file"))
    var csv: String

    @Option(help: "The id of the agent that talks.")
    var agent: String

    @Option(help: "A name for the batches.")
    var name: String?

    @Option(help: ArgumentHelp("When, for rows that do not say it; with its offset.", valueName: "time"))
    var at: String?

    @Option(help: "0 to 10, for rows that do not say it; lower is sooner.")
    var priority: Int?

    @Option(help: "How often a call that came to nothing is dialled again, for rows that do not say it: 0 to 10.")
    var maxRetries: Int?

    @Option(
        help: ArgumentHelp(
            "How long after: \"30 minutes\", \"2 hours\", \"1 day\"; may be repeated, for one retry after the other.",
            valueName: "interval"))
    var retryInterval: [String] = []

    @Option(
        help: ArgumentHelp(
            "Pause a batch for a quarter of an hour where this share of its last attempts, twenty at least, have failed: 0.01 to 1.",
            valueName: "share"))
    var breaker: Double?

    @Option(help: "Dials in a day, of each batch of a thousand rows; then it is paused until midnight.")
    var callsPerDay: Int?

    @Option(help: "Minutes talked in a day, of each batch of a thousand rows; then it is paused until midnight.")
    var minutesPerDay: Int?

    @Option(help: ArgumentHelp("Whose midnight that is; UTC unless given.", valueName: "zone"))
    var budgetTimezone: String?

    @Flag(help: "Show every bad row, and schedule nothing.")
    var dryRun = false

    @Flag(help: "Pass over columns that are no field of a call.")
    var ignoreOtherColumns = false

    @Option(
        help: ArgumentHelp(
            "Go on with a run that was broken off, with the same file and options: nothing is scheduled twice.",
            valueName: "run"))
    var resume: String?

    func validate() throws {
        if let priority, !(0...10).contains(priority) { throw ValidationError("--priority is 0 to 10.") }
        if let breaker, !(0.01...1).contains(breaker) { throw ValidationError("--breaker is 0.01 to 1.") }
        if resume != nil, dryRun { throw ValidationError("--resume and --dry-run do not go together.") }
        if let resume, !resume.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) || resume.isEmpty || resume.count > 100 {
            throw ValidationError("--resume is what the run before has printed.")
        }
    }

    func run() async throws {
        let file = try CSVFile(csv)
        var frame: [String: Any] = ["agentId": agent, "dryRun": dryRun]
        frame["name"] = name
        frame["defaultPriority"] = priority
        frame["defaultScheduledAt"] = at
        var retries: [String: Any] = [:]
        retries["maxRetries"] = maxRetries
        if !retryInterval.isEmpty { retries["retryIntervals"] = retryInterval }
        if !retries.isEmpty { frame["retryConfig"] = retries }
        frame["breaker"] = breaker.map { ["failureShare": $0] }
        var budget: [String: Any] = [:]
        budget["callsPerDay"] = callsPerDay
        budget["minutesPerDay"] = minutesPerDay
        budget["timezone"] = budgetTimezone
        if !budget.isEmpty { frame["budget"] = budget }
        let request = BatchRequest(frame: try JSONSerialization.data(withJSONObject: frame, options: [.sortedKeys]))
        let tally = try await server.asking { client in
            var importing = BatchImport(
                file,
                sender: BatchSender(
                    client: client, request: request, run: resume ?? UUID().uuidString.lowercased(), isDryRun: dryRun),
                view: ImportView(isSilent: server.json),
                ignoresOtherColumns: ignoreOtherColumns)
            return try await importing.run()
        }
        if tally.refused > 0 { throw ExitCode.failure }
    }
}
