import ArgumentParser
import Foundation
import NIOHTTP1

/// `calls cancel`: ends calls, whatever they are doing.
struct CallsCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel calls: those that wait are not dialled, those that are up are hung up.",
        discussion: """
            Name calls, or say --all, which is one operation that survives a restart and ends with the number of phones \
            known to be silent. Exit code 3: some are not, yet; the server goes on.
            """)

    @OptionGroup var server: ServerOptions
    @OptionGroup var filter: CallFilterOptions

    @Argument(help: "The calls' ids.")
    var ids: [String] = []

    @Flag(help: "With --all: only count.")
    var dryRun = false

    @Flag(help: "With --all: leave calls alone that are connecting, ringing or active.")
    var leaveLive = false

    @Option(help: "Why; kept with the call.")
    var reason: String?

    @Option(
        help: ArgumentHelp(
            "Wait until phones are known to be silent, at most so long: up to 30, with --all up to 600 and 60 if not said.",
            valueName: "seconds"))
    var wait: Int?

    func validate() throws {
        guard filter.all != !ids.isEmpty else { throw ValidationError("Name calls, or say --all: one of the two.") }
        if !filter.all, dryRun || leaveLive { throw ValidationError("--dry-run and --leave-live go with --all.") }
        let longest = filter.all ? 600 : 30
        if let wait, !(0...longest).contains(wait) { throw ValidationError("--wait is 0 to \(longest) seconds.") }
    }

    func run() async throws {
        if filter.all { return try await cancelMatching() }
        let results = try await server.asking { client in await cancelNamed(client) }
        var worst: Int32 = 0
        for (id, result) in zip(ids, results) {
            switch result {
            case .success(let answer):
                Terminal.print(server.json ? String(decoding: answer.body, as: UTF8.self) : "\(id.harmless) cancelled")
            case .failure(let failure):
                Terminal.complain("\(id.harmless): \(failure.message)")
                worst = max(worst, failure.exitCode)
            }
        }
        if worst > 0 { throw ExitCode(worst) }
    }

    /// One operation over all that match.
    private func cancelMatching() async throws {
        var body: [String: Any] = ["filter": filter.json, "live": leaveLive ? "leave" : "hangup", "dryRun": dryRun]
        if let reason { body["reason"] = reason }
        let data = try JSONSerialization.data(withJSONObject: body)
        let last = try await server.asking { client in
            let answer = try await client.ask(.POST, ["calls", "cancel"], body: data)
            let first = try answer.decoded(OperationRow.self)
            if dryRun {
                Terminal.print(
                    server.json ? String(decoding: answer.body, as: UTF8.self) : "\(first.matched) calls match")
                return nil as OperationRow?
            }
            return try await server.following(first, client, seconds: wait ?? 60)
        }
        if let last, !last.isSilent { throw ExitCode(3) }
    }

    private typealias Outcome = Result<APIClient.Answer, ClientFailure>

    /// Sixteen at a time: each may take the two seconds that the server gives a hang-up.
    private func cancelNamed(_ client: APIClient) async -> [Outcome] {
        await withTaskGroup(of: (Int, Outcome).self) { group in
            var outcomes: [Int: Outcome] = [:]
            for (index, id) in ids.enumerated() {
                if index >= 16, let (done, outcome) = await group.next() { outcomes[done] = outcome }
                group.addTask { (index, await cancelOne(id, client)) }
            }
            for await (done, outcome) in group { outcomes[done] = outcome }
            return ids.indices.compactMap { outcomes[$0] }
        }
    }

    private func cancelOne(_ id: String, _ client: APIClient) async -> Outcome {
        do {
            let answer = try await client.ask(
                .DELETE, ["calls", id], query: reason.map { [("reason", $0)] } ?? [],
                headers: wait.map { [("prefer", "wait=\($0)")] } ?? [], timeout: Int64(15 + (wait ?? 0)))
            return .success(answer)
        } catch {
            return .failure(error)
        }
    }
}
