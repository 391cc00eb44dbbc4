/// The advisory locks of a database, all in one place, so that no two are the same; each ends with its transaction.
enum AdvisoryLock {
    /// Whoever migrates, one after the other.
    static let migration = "SELECT pg_advisory_xact_lock(7350001, 1)"
    /// Whoever admits calls, one node at a time; false: another does, and may have been stopped amid it.
    static let admission = "SELECT pg_try_advisory_xact_lock(7350001, 2)"
    /// Whoever takes places at gates, one after the other.
    static let starts = "SELECT pg_advisory_xact_lock(7350001, 3)"
    /// Shared by all who rely on the stops and agents of the organization `$1`: see `Transaction.hold`.
    static let hold = "SELECT \(shared("$1"))"
    /// Of whoever changes them: see `Transaction.own`.
    static let own = "SELECT pg_advisory_xact_lock(7350002, hashtext($1))"
    /// A condition that is true, and does what `hold` does for the organization of a row before that is locked.
    static let holdingItsOrganization = "\(shared("organization")) IS NOT NULL"
    /// As `hold`, for all organizations with calls among the ids `$1` that stops concern.
    static let holdOfCalls = """
        SELECT \(shared("o.organization")) FROM (SELECT DISTINCT organization FROM calls WHERE id = ANY ($1::text[]) \
        AND phase <= 1 ORDER BY organization) o
        """

    private static func shared(_ organization: String) -> String {
        "pg_advisory_xact_lock_shared(7350002, hashtext(\(organization)))"
    }
}
