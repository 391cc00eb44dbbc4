import ArgumentParser
import Foundation
import NIOHTTP1

/// `switchboard organization …`: what holds for all calls of the key's organization.
struct OrganizationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization", abstract: "Show or set what holds for all calls of the organization.",
        subcommands: [OrganizationShow.self, OrganizationSet.self])
}

/// `organization show`.
struct OrganizationShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what holds for all calls of the organization.")

    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.asking { client in
            try server.show(try await client.ask(.GET, ["organization"]))
        }
    }
}

/// `organization set`.
struct OrganizationSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set the hours in which calls are dialled that have no narrower window.",
        discussion: """
            switchboard organization set --call-window 'mon,tue,wed,thu,fri 09:00-17:00 Europe/Berlin'
            switchboard organization set --no-call-window

            It holds for calls that wait already, but not for those that have a window themselves, or whose agent has one.
            """)

    @OptionGroup var server: ServerOptions

    @Option(
        help: ArgumentHelp(
            "The hours, by the clock of a time zone; without days it is all of them.",
            valueName: "[days ]from-to zone"))
    var callWindow: String?

    @Flag(help: "Take the window away: calls are dialled at all hours.")
    var noCallWindow = false

    func validate() throws {
        guard (callWindow == nil) == noCallWindow else {
            throw ValidationError("--call-window or --no-call-window: one of the two.")
        }
        if let callWindow, WindowText(callWindow) == nil {
            throw ValidationError("--call-window looks like 'mon,tue,wed,thu,fri 09:00-17:00 Europe/Berlin'.")
        }
    }

    func run() async throws {
        let window: Any = callWindow.flatMap { WindowText($0)?.fields } ?? NSNull()
        let body = try JSONSerialization.data(
            withJSONObject: ["callWindow": window], options: [.withoutEscapingSlashes])
        try await server.asking { client in
            try server.show(try await client.ask(.PATCH, ["organization"], body: body))
        }
    }
}

/// A window on the command line; whether its times and its zone are any, the server says.
struct WindowText {
    let fields: [String: Any]

    init?(_ text: String) {
        var words = text.split(separator: " ").map(String.init)
        guard (2...3).contains(words.count), let zone = words.popLast(), let hours = words.popLast() else { return nil }
        let times = hours.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard times.count == 2 else { return nil }
        var fields: [String: Any] = ["start": times[0], "end": times[1], "timezone": zone]
        if let days = words.popLast() { fields["days"] = days.split(separator: ",").map(String.init) }
        self.fields = fields
    }
}

private struct OrganizationRow: Decodable, Sendable {
    struct Window: Decodable, Sendable {
        let days: [String]
        let start: String
        let end: String
        let timezone: String
    }

    let id: String
    let callWindow: Window?
}

extension ServerOptions {
    fileprivate func show(_ answer: APIClient.Answer) throws {
        if json { return Terminal.print(String(decoding: answer.body, as: UTF8.self)) }
        let organization = try answer.decoded(OrganizationRow.self)
        let hours = organization.callWindow.map {
            "\($0.days.joined(separator: ",")) \($0.start)-\($0.end) \($0.timezone)"
        }
        Terminal.print("\(organization.id.harmless)  call window: \((hours ?? "none: at all hours").harmless)")
    }
}
