/// The advisory locks of a database, all in one place, so that no two are the same; each ends with its transaction.
enum AdvisoryLock {
    /// Whoever migrates, one after the other.
    static let migration = "SELECT pg_advisory_xact_lock(7350001, 1)"
    /// Whoever admits calls, one node at a time.
    static let admission = "SELECT pg_advisory_xact_lock(7350001, 2)"
    /// Shared by all who rely on the stops and agents of the organization `$1`: see `Transaction.hold`.
    static let hold = "SELECT \(shared("$1"))"
    /// Of whoever changes them: see `Transaction.own`.
    static let own = "SELECT pg_advisory_xact_lock(7350002, hashtext($1))"
    /// A condition that is true, and does what `hold` does for the organization of a row before that is locked.
    static let holdingItsOrganization = "\(shared("organization")) IS NOT NULL"

    private static func shared(_ organization: String) -> String {
        "pg_advisory_xact_lock_shared(7350002, hashtext(\(organization)))"
    }
}
