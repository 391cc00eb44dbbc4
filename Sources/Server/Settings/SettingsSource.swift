package import Configuration
import Foundation

/// The places that settings come from: the environment first, then a file of `KEY=value` lines where one is named.
package struct SettingsSource: Sendable {
    package let config: ConfigReader
    /// All names in both places.
    package let names: [String]

    /// - Parameter file: the path of the file; nil: the one that `SWITCHBOARD_CONFIG` names, if it does.
    package static func load(
        file: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SettingsFault) -> SettingsSource {
        let named = environment[SettingKey.Client.config.rawValue].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = file ?? named else { return SettingsSource(environment: environment, file: [:]) }
        let key = file == nil ? SettingKey.Client.config.rawValue : "--config"
        guard let data = FileManager.default.contents(atPath: path), let text = String(bytes: data, encoding: .utf8)
        else {
            throw SettingsFault([
                .init(
                    key, "the file \(path.shown) cannot be read",
                    advice: "name a file of KEY=value lines that this user may read")
            ])
        }
        return SettingsSource(environment: environment, file: try Self.values(in: text, of: path))
    }

    private init(environment: [String: String], file: [String: String]) {
        let secrets = SecretsSpecifier<String, String>.specific(
            Set(SettingKey.allCases.filter(\.isSecret).map(\.rawValue)))
        config = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment, secretsSpecifier: secrets),
            EnvironmentVariablesProvider(environmentVariables: file, secretsSpecifier: secrets),
        ])
        names = Array(environment.keys) + Array(file.keys)
    }

    /// All settings from both places.
    package func settings() throws(SettingsFault) -> Settings { try Settings(config: config, names: names) }

    /// Reads `KEY=value` lines; what is neither that, nor a comment, nor empty is a fault and not passed over.
    static func values(in text: String, of path: String) throws(SettingsFault) -> [String: String] {
        var values: [String: String] = [:]
        var faults: [SettingsFault.Fault] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, raw) in lines.enumerated() {
            let line = String(raw).trimmingSpaces
            if line.isEmpty || line.hasPrefix("#") { continue }
            let name = (line.hasPrefix("export ") ? line.dropFirst("export ".count) : line[...]).prefix { $0 != "=" }
            let key = String(name).trimmingSpaces
            guard line.contains("="), !key.isEmpty, !key.contains(where: \.isWhitespace) else {
                // The line is not quoted: it may hold a secret.
                faults.append(
                    .init(
                        "\(path.shown), line \(index + 1)", "is no setting",
                        advice: "write KEY=value, or # before a comment")
                )
                continue
            }
            values[key] = String(line.drop { $0 != "=" }.dropFirst()).trimmingSpaces
        }
        guard faults.isEmpty else { throw SettingsFault(faults) }
        return values
    }
}
