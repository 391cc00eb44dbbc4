import CallCore

/// Goes along the audit log of one organization, entry by entry, and finds the first place where the chain is broken.
///
/// It cannot see that entries are missing at the end, nor that all of them were written anew: compare its head, or a head that was
/// written down elsewhere before.
package struct ChainCheck: Sendable {
    /// Where the chain is broken first, by the sequence of the entry that ought to stand there.
    package enum Fault: Sendable, Equatable {
        /// The entry is not what was written.
        case changed(Int64)
        /// The entries of this range are not there.
        case missing(ClosedRange<Int64>)
        /// The entry is there, but in the place of another one.
        case moved(Int64, foundAt: Int64)
    }

    /// Entries that hang together from the first one on.
    package private(set) var sequence: Int64 = 0
    /// The hash of the last of these.
    package private(set) var hash = AuditChain.root
    package private(set) var fault: Fault?
    /// Heads that were written down before and have not come along yet.
    package private(set) var expected: Set<[UInt8]>

    package init(expecting expected: Set<[UInt8]> = []) { self.expected = expected }

    /// Takes the next entry that the store has; all of them, in the order of their sequences.
    package mutating func take(_ entry: AuditEntry) {
        if fault != nil { return look(for: entry) }
        guard entry.sequence == sequence + 1 else {
            fault =
                entry.sequence > sequence ? .missing(sequence + 1...entry.sequence - 1) : .changed(entry.sequence)
            return look(for: entry)
        }
        guard AuditChain.hash(of: entry, after: hash) == entry.hash else {
            fault = .changed(entry.sequence)
            return
        }
        sequence = entry.sequence
        hash = entry.hash
        expected.remove(hash)
    }

    /// Whether this is the entry that ought to stand where the chain is broken.
    private mutating func look(for entry: AuditEntry) {
        if case .moved = fault { return }
        var entry = entry
        let place = entry.sequence
        guard place != sequence + 1 else { return }
        entry.sequence = sequence + 1
        if AuditChain.hash(of: entry, after: hash) == entry.hash { fault = .moved(sequence + 1, foundAt: place) }
    }
}
