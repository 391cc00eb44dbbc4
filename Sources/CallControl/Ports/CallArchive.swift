package import CallCore

/// Where calls go before they are purged.
package protocol CallArchive: Sendable {
    /// Durable on return; a call that could not be purged afterwards comes a second time.
    func keep(_ calls: [FinishedCall], at now: Moment) async throws(ArchiveFailure)
}

/// Why calls could not be archived, in words for people; then they stay where they are.
package struct ArchiveFailure: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
