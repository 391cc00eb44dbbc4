import CallControl
import CallCore
import GRDB
import StoredRows

/// How the calls of a list are spread over all that were ever made: tells about how many they are where they are too many to count.
///
/// SQLite has no statistics to ask. So the list's index is looked into at some places, evenly spread over the keys from its first
/// call to its last: how many keys lie between a place and the sixteenth call of the index behind it is how dense they are there,
/// however rare they are among the others. What the index does not know of (a number, a name) is asked of these sixteen.
struct Spread {
    private static let places = 64
    private static let run = 16

    static func guess(_ query: CallQuery, _ db: Database) throws -> Int {
        let slices = query.slices
        var sum = 0.0
        for slice in slices {
            sum += try Spread(slice, db).sum(places: max(8, places / slices.count))
        }
        return Int(min(sum.rounded(), 1e15))
    }

    private let db: Database
    private let index: String
    private let scope: CallFilter
    /// The scope without its beginning: of two lower bounds SQLite takes the first, and would walk from there to each place.
    private let behind: CallFilter
    private let wanted: CallFilter

    private init(_ slice: CallQuery, _ db: Database) {
        self.db = db
        wanted = CallFilter(slice)
        var known = slice.partInIndex
        index = known.index
        scope = CallFilter(known)
        known.from = nil
        behind = CallFilter(known)
    }

    private func sum(places: Int) throws -> Double {
        guard let first = try end("ASC"), let last = try end("DESC"), first <= last else { return 0 }
        let all = last - first + 1
        var densities = 0.0
        for place in 0..<Int64(places) {
            let key = first + Int64(Double(all) * (Double(place) + 0.5) / Double(places))
            densities += try density(from: key, to: last)
        }
        return densities / Double(places) * Double(all)
    }

    /// The key of the list's first or last call.
    private func end(_ direction: String) throws -> Int64? {
        try db.integer(
            """
            SELECT c.key FROM calls c INDEXED BY \(index) WHERE \(scope.condition) \
            ORDER BY c.created \(direction), c.key \(direction) LIMIT 1
            """, StatementArguments(scope.values))
    }

    /// How many of the keys around a place are calls of the list.
    private func density(from key: Int64, to last: Int64) throws -> Double {
        guard
            let place = try db.row("SELECT key, created FROM calls WHERE key >= ? ORDER BY key LIMIT 1", [key]),
            let seen = try db.row(
                """
                SELECT count(*), coalesce(sum(wanted), 0), max(key) FROM (SELECT c.key, (\(wanted.condition)) AS wanted \
                FROM calls c INDEXED BY \(index) WHERE \(behind.condition) AND (c.created, c.key) >= (?, ?) \
                ORDER BY c.created, c.key LIMIT \(Self.run))
                """,
                StatementArguments(wanted.values) + StatementArguments(behind.values)
                    + [place.number(1), place.number(0)])
        else { return 0 }
        let (found, wanted) = (Double(seen.number(0)), Double(seen.number(1)))
        if found < Double(Self.run) { return min(1, wanted / Double(max(1, last - key + 1))) }
        // One less on both sides: the run ends with a call, which makes it look denser than it is.
        let keys = max(Double(seen.number(2) - key), found - 1)
        return wanted / found * (found - 1) / keys
    }
}

extension CallQuery {
    /// The same list in parts that each are one piece of an index.
    fileprivate var slices: [CallQuery] {
        var slice = self
        slice.sort = .createdAt
        guard batch == nil, statuses.count > 1 else { return [slice] }
        return statuses.map { status in
            slice.statuses = [status]
            return slice
        }
    }

    /// What of it the index knows that serves it.
    fileprivate var partInIndex: CallQuery {
        var part = CallQuery(organization: organization)
        part.from = from
        part.to = to
        part.batch = batch
        if batch == nil {
            part.agent = agent
            part.statuses = statuses
        }
        return part
    }
}
