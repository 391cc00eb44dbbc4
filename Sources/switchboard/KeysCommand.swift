import ArgumentParser
import Foundation
import Server
import TextTable

/// `switchboard keys …`: API keys, on the database itself.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list and revoke API keys, before or beside a running server.",
        discussion: "Works on DATABASE_URL, which is made or migrated where that is needed.",
        subcommands: [KeysCreate.self, KeysList.self, KeysRevoke.self])
}

/// What all of them need.
struct KeysOptions: ParsableArguments {
    @Option(help: "The organization; it is made with its first key.")
    var organization: String

    @OptionGroup var file: ConfigOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        let isPlain = organization.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !organization.isEmpty, organization.count <= 100, isPlain else {
            throw ValidationError("--organization is a name of 1 to 100 characters.")
        }
    }

    func asking<Answer>(_ ask: (KeyDesk) async throws -> Answer) async throws -> Answer {
        let database = try file.database()
        do {
            return try await ask(try await KeyDesk.open(database))
        } catch {
            Terminal.complain("switchboard: \(error)")
            throw ExitCode.failure
        }
    }
}

struct KeysCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key. It is shown this once.")

    @OptionGroup var options: KeysOptions

    @Option(help: "What it is for.")
    var name = "command line"

    @Option(help: ArgumentHelp("What it may do: \(KeyDesk.roles.joined(separator: ", "))."))
    var role = "admin"

    @Option(help: ArgumentHelp("When it ends: 90d, or 2030-01-31T00:00:00Z. Without it: never.", valueName: "time"))
    var expires: String?

    func validate() throws {
        guard KeyDesk.roles.contains(role) else {
            throw ValidationError("--role is one of \(KeyDesk.roles.joined(separator: ", ")).")
        }
        guard !name.isEmpty, name.count <= 200 else { throw ValidationError("--name has 1 to 200 characters.") }
    }

    func run() async throws {
        let made = try await options.asking {
            try await $0.create(organization: options.organization, name: name, role: role, expires: expires)
        }
        guard options.json else { return Terminal.print(made.secret) }
        try JSONPrinter.print(
            CreatedKey(
                id: made.key.id, key: made.secret, organization: made.key.organization, role: made.key.role))
    }

    private struct CreatedKey: Encodable {
        let id: String
        let key: String
        let organization: String
        let role: String
    }
}

struct KeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List an organization's keys.")

    @OptionGroup var options: KeysOptions

    func run() async throws {
        let keys = try await options.asking { try await $0.list(organization: options.organization) }
        if options.json { return try JSONPrinter.print(keys.map(ShownKey.init)) }
        let table = TextTable<KeyDesk.ListedKey> { key in
            [
                Column(title: "ID", value: key.id), Column(title: "STATE", value: key.state),
                Column(title: "ROLE", value: key.role), Column(title: "NAME", value: key.name.harmless),
                Column(title: "CREATED", value: key.createdAt),
                Column(title: "EXPIRES", value: key.expiresAt ?? "never"),
            ]
        }
        Terminal.print(table.string(for: keys, style: Style.plain) ?? "no keys\n", terminator: "")
    }
}

struct KeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke a key: a running server refuses it from its next request on.")

    @OptionGroup var options: KeysOptions

    @Argument(help: "The key's id, as key_…: not the key itself.")
    var id: String

    func validate() throws {
        if id.hasPrefix("sb_") {
            throw ValidationError("That is a key itself. Its id begins with key_: see keys list.")
        }
    }

    func run() async throws {
        let key = try await options.asking { try await $0.revoke(id, organization: options.organization) }
        if options.json { return try JSONPrinter.print(ShownKey(key)) }
        Terminal.print("\(key.id) revoked")
    }
}

/// A key in JSON; fields without a value are there, as in the API.
private struct ShownKey: Encodable {
    let key: KeyDesk.ListedKey

    init(_ key: KeyDesk.ListedKey) { self.key = key }

    private enum Field: String, CodingKey { case id, name, organization, role, state, createdAt, expiresAt, revokedAt }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(key.id, forKey: .id)
        try fields.encode(key.name, forKey: .name)
        try fields.encode(key.organization, forKey: .organization)
        try fields.encode(key.role, forKey: .role)
        try fields.encode(key.state, forKey: .state)
        try fields.encode(key.createdAt, forKey: .createdAt)
        try fields.encode(key.expiresAt, forKey: .expiresAt)
        try fields.encode(key.revokedAt, forKey: .revokedAt)
    }
}

/// One line of JSON.
private enum JSONPrinter {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Terminal.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
