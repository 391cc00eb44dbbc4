/// Everything that is wrong with the settings, all at once, so that nobody mends one only to meet the next.
package struct SettingsFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// One key that cannot be used as it is.
    package struct Fault: Sendable, Equatable, CustomStringConvertible {
        /// The key, as it is spelt in the environment.
        package let key: String
        /// What is wrong, never with the value of a secret.
        package let problem: String
        /// What to do about it.
        package let advice: String

        package init(_ key: String, _ problem: String, advice: String) {
            self.key = key
            self.problem = problem
            self.advice = advice
        }

        package var description: String { "\(key): \(problem); \(advice)" }
    }

    package let faults: [Fault]

    package init(_ faults: [Fault]) { self.faults = faults }

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
