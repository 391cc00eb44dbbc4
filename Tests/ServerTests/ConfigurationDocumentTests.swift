import Foundation
import Server
import Testing

@Suite("Documentation/Configuration.md")
struct ConfigurationDocumentTests {
    @Test("names every key in a row of its own", arguments: SettingKey.allCases)
    func namesKey(key: SettingKey) throws {
        let rows = try rows()
        let row = try #require(rows.first { $0.first == "`\(key.rawValue)`" })
        #expect(row.count == 5, "a row is: key, type, default, range, meaning")
        #expect(row.last?.contains("**Secret.**") == key.isSecret)
    }

    @Test("names what the command line reads", arguments: SettingKey.Client.allCases)
    func namesClientKey(key: SettingKey.Client) throws {
        #expect(try text().contains("`\(key.rawValue)`"))
    }

    @Test("names no key that there is not")
    func namesNothingElse() throws {
        let known = SettingKey.allCases.map(\.rawValue) + SettingKey.Client.allCases.map(\.rawValue)
        for row in try rows() {
            let name = try #require(row.first).trimmingCharacters(in: ["`"])
            #expect(known.contains(name), "\(name)")
        }
    }

    /// The cells of all rows that begin with a key.
    private func rows() throws -> [[String]] {
        try text().split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private func text() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("Documentation/Configuration.md"), encoding: .utf8)
    }
}
