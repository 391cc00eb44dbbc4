import ArgumentParser
import Foundation
import NIOHTTP1

/// `calls cancel`: ends calls, whatever they are doing.
struct CallsCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel calls: those that wait are not dialled, those that are up are hung up."
    )

    @OptionGroup var server: ServerOptions

    @Argument(help: "The calls' ids.")
    var ids: [String]

    @Option(help: "Why; kept with the call.")
    var reason: String?

    @Option(help: ArgumentHelp("Wait until the phone is known to be silent, at most so long.", valueName: "seconds"))
    var wait: Int?

    func validate() throws {
        if let wait, !(0...30).contains(wait) { throw ValidationError("--wait is 0 to 30 seconds.") }
    }

    func run() async throws {
        let results = try await server.asking { client in await cancelAll(client) }
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

    private typealias Outcome = Result<APIClient.Answer, ClientFailure>

    /// Sixteen at a time: each may take the two seconds that the server gives a hang-up.
    private func cancelAll(_ client: APIClient) async -> [Outcome] {
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
