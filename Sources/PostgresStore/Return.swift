/// Those who wait for the end of a transaction, or were in it, and are likely to want the next one: clients that ask one thing after
/// the other.
///
/// Without a pause the first of them would take it alone, and the others be left to the one after it: two half transactions, and
/// two syncs, where one would do.
struct Return {
    /// When so many are there, nobody else is waited for.
    let members: Int
    let patience: Duration

    /// Nil: nobody is to be waited for.
    ///
    /// - Parameter duration: what the last transaction took; a quarter of that is no long wait for any of them.
    init?(of members: Int, after duration: Duration) {
        guard members > 1, duration > .zero else { return nil }
        self.members = min(members, Lane.largestBatch)
        patience = min(duration / 4, Self.longest)
    }

    /// Where a disk is so slow, a wait would be felt.
    private static let longest: Duration = .milliseconds(1)
}
