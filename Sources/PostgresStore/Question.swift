import StoredRows

/// A question by values, and the one that asks it for all members of a batch at once.
///
/// What it reads, no member of a shared batch changes: so it does not matter when each of them is answered, only that it is behind
/// what all of them hold.
struct Question: Sendable {
    private let one: String
    private let many: String

    /// - Parameters:
    ///   - one: has each of `$1`, `$2` and so on of the types that are told, and fewer than ten of them.
    ///   - types: of their values, as the server calls them.
    init(_ one: String, _ types: [String]) {
        self.one = one
        let lists = types.enumerated().map { "$\($0 + 1)::\($1)[]" }.joined(separator: ", ")
        let names = types.indices.map { "v\($0 + 1)" }.joined(separator: ", ")
        let question = types.indices.reduce(one) { text, place in
            text.replacing("$\(place + 1)", with: "w.v\(place + 1)")
        }
        // Behind the columns of each answer stands who it is for, from 1.
        many = """
            SELECT q.*, w.place FROM unnest(\(lists)) WITH ORDINALITY AS w (\(names), place) \
            CROSS JOIN LATERAL (\(question)) q
            """
    }

    func statement(_ values: StoredValues) -> Statement { Statement(one, values, shared: many) }
}
