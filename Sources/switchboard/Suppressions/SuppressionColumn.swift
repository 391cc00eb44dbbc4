/// Which column of a file has the numbers.
struct SuppressionColumn: Sendable {
    static let names = ["phone", "phoneNumber", "contactPhone", "number", "mobile", "telephone", "to"]

    let index: Int
    /// The first line names no columns: it is a number already.
    let isBare: Bool

    /// Nil: no column of the first line is one of `names`, and it is not a number alone either.
    init?(first: [String]) {
        let known = Set(Self.names.map { $0.lowercased() })
        if let index = first.firstIndex(where: { known.contains(Self.plain($0)) }) {
            self.index = index
            isBare = false
        } else {
            guard first.count == 1, Self.number(first[0]).isPhoneNumber else { return nil }
            index = 0
            isBare = true
        }
    }

    /// The number of a row; nil where the row is too short.
    func number(_ cells: [String]) -> String? { cells.indices.contains(index) ? Self.number(cells[index]) : nil }

    private static func number(_ cell: String) -> String { String(cell.filter { !$0.isWhitespace }) }
    private static func plain(_ title: String) -> String { title.lowercased().filter { !" _-\t".contains($0) } }
}
