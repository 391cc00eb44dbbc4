import ArgumentParser
import Server

/// `switchboard audit …`: the log of who did what, on the database itself.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Check and print the log of who stopped what, and why.",
        discussion: "Works on DATABASE_URL, beside a running server or without one.",
        subcommands: [AuditVerify.self, AuditExport.self])
}

/// What both of them need.
struct AuditOptions: ParsableArguments {
    @Option(help: "Only this organization's log. Without it: all of them.")
    var organization: String?

    @OptionGroup var file: ConfigOptions

    func asking<Answer>(_ ask: (AuditDesk) async throws -> Answer) async throws -> Answer {
        let database = try file.database()
        do {
            return try await ask(try AuditDesk.open(database))
        } catch {
            Terminal.complain("switchboard: \(error)")
            throw ExitCode.failure
        }
    }
}

struct AuditVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Follow each log's chain of hashes, and name the first entry that breaks it.",
        discussion: """
            Prints the last sequence and hash of each log; the exit code is 1 where a chain is broken. Write the hashes down \
            somewhere else from time to time: that entries were cut off at the end, or that a whole log was written anew, shows \
            only when an older hash is asked for with --expect.
            """)

    @OptionGroup var options: AuditOptions

    @Option(help: ArgumentHelp("A hash that must be in a log; can be given more than once.", valueName: "hash"))
    var expect: [String] = []

    func run() async throws {
        let findings = try await options.asking {
            try await $0.verify(organization: options.organization, expected: expect)
        }
        for log in findings.logs {
            let name = log.organization.harmless
            if let fault = log.fault {
                Terminal.print("\(name): broken: \(fault); good up to \(log.sequence) \(log.hash)")
            } else {
                Terminal.print("\(name): good \(log.sequence) \(log.hash)")
            }
        }
        for hash in findings.missing { Terminal.print("expected and not there: \(hash)") }
        if findings.logs.isEmpty { Terminal.print("no entries") }
        guard findings.areGood else { throw ExitCode.failure }
    }
}

struct AuditExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print the entries, oldest first, each on a line of JSON.")

    enum Format: String, CaseIterable, ExpressibleByArgument { case jsonl }

    @OptionGroup var options: AuditOptions

    @Option(help: "How: jsonl.")
    var format = Format.jsonl

    func run() async throws {
        try await options.asking { desk in
            try await desk.export(organization: options.organization) { Terminal.print($0) }
        }
    }
}
