import ArgumentParser
import Foundation
import NIOHTTP1

/// `calls schedule`: a call that is placed when its time has come.
struct CallsSchedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "schedule", abstract: "Schedule a call.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var call: NewCallOptions

    @Option(help: ArgumentHelp("When, with its offset: 2030-01-31T09:00:00+01:00. Without it: now.", valueName: "time"))
    var at: String?

    @Option(name: .customLong("name"), help: "The name of who is called.")
    var contactName: String?

    @Option(name: .customLong("email"), help: "The e-mail address of who is called.")
    var contactEmail: String?

    func run() async throws {
        var fields = try call.fields(phone: "contactPhone")
        fields["scheduledAt"] = at
        fields["contactName"] = contactName
        fields["contactEmail"] = contactEmail
        try await server.place(fields, at: ["calls", "schedule"])
    }
}

/// `calls dial`: a call that is placed at once.
struct CallsDial: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "dial", abstract: "Call a number now.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var call: NewCallOptions

    func run() async throws {
        try await server.place(try call.fields(phone: "phoneNumber"), at: ["calls", "outbound"])
    }
}

/// What both ways to place a call have in common.
struct NewCallOptions: ParsableArguments {
    @Option(help: "The id of the agent that talks.")
    var agent: String

    @Option(help: ArgumentHelp("The number to call, as +15005550001.", valueName: "number"))
    var to: String

    @Option(help: "The number that the callee sees: one of the agent's.")
    var callerId: String?

    @Option(help: "0 to 10; lower is sooner.")
    var priority: Int?

    @Option(help: "A JSON object that the call keeps.")
    var metadata: String?

    /// The request's body so far.
    func fields(phone: String) throws -> [String: Any] {
        var fields: [String: Any] = ["agentId": agent, phone: to]
        fields["callerId"] = callerId
        fields["priority"] = priority
        if let metadata {
            guard let object = try? JSONSerialization.jsonObject(with: Data(metadata.utf8)), object is [String: Any]
            else {
                throw ValidationError("--metadata must be a JSON object.")
            }
            fields["metadata"] = object
        }
        return fields
    }
}

extension ServerOptions {
    /// Sends a call and shows what became of it.
    fileprivate func place(_ fields: [String: Any], at path: [String]) async throws {
        let body = try JSONSerialization.data(withJSONObject: fields, options: [.withoutEscapingSlashes])
        try await asking { client in
            let answer = try await client.ask(.POST, path, body: body)
            if json { return Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
            for line in CallTable(hasColour: Terminal().hasColour).lines([try answer.decoded(CallRow.self)]) {
                Terminal.print(line)
            }
        }
    }
}
