import ArgumentParser
import NIOHTTP1
import TextTable

/// `calls get`: all about one call.
struct CallsGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show one call.")

    @OptionGroup var server: ServerOptions

    @Argument(help: "The call's id.")
    var id: String

    func run() async throws {
        try await server.asking { client in
            let answer = try await client.ask(.GET, ["calls", id])
            if server.json { return Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
            show(try answer.decoded(CallRow.self), hasColour: Terminal().hasColour)
        }
    }

    private func show(_ call: CallRow, hasColour: Bool) {
        let fields: [(String, String?)] = [
            ("id", call.id), ("status", call.status), ("phone", call.phoneNumber ?? call.contact?.phone),
            ("contact", call.contact?.name), ("agent", call.agent.map { "\($0.name ?? "") \($0.id)" }),
            ("scheduled", call.scheduledAt), ("started", call.startedAt), ("answered", call.answeredAt),
            ("ended", call.endedAt), ("seconds", call.duration.map { "\($0)" }), ("outcome", call.outcome),
            ("failure", call.failureReason), ("room", call.roomName),
            (
                "hang-up",
                call.termination.map {
                    "\($0.state), tries: \($0.attempts ?? 0)\($0.lastError.map { ": \($0)" } ?? "")"
                }
            ),
        ]
        for (name, value) in fields {
            guard let value else { continue }
            let shown = name == "status" && hasColour ? StatusColour.paint(value.harmless) : value.harmless
            Terminal.print(name.padded(to: 10) + shown)
        }
        let attempts = TextTable<CallRow.Attempt> { attempt in
            [
                Column(title: "TRY", value: attempt.number), Column(title: "STATUS", value: attempt.status.harmless),
                Column(title: "STARTED", value: attempt.startedAt ?? ""),
                Column(title: "RINGING", value: attempt.ringingAt ?? ""),
                Column(title: "ANSWERED", value: attempt.answeredAt ?? ""),
                Column(title: "ENDED", value: attempt.endedAt ?? ""),
                Column(title: "SIP", value: attempt.sipStatusCode.map { "\($0)" } ?? ""),
                Column(title: "FAILURE", value: attempt.failureReason ?? ""),
            ]
        }
        if let text = attempts.string(for: call.attempts ?? [], style: Style.plain) {
            Terminal.print("\n" + text.harmlessLines, terminator: "")
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }

    fileprivate var harmlessLines: String {
        split(separator: "\n").map { String($0).harmless + "\n" }.joined()
    }
}
