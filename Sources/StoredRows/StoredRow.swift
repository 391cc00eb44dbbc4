package import CallCore

/// A row that a store has read, by column number.
package protocol StoredRow {
    func optionalText(_ column: Int) -> String?
    func optionalNumber(_ column: Int) -> Int64?
    /// Empty for null.
    func bytes(_ column: Int) -> [UInt8]
    /// False for null.
    func flag(_ column: Int) -> Bool
}

extension StoredRow {
    package func moment(_ column: Int) -> Moment? { optionalNumber(column).map(Moment.init(milliseconds:)) }

    // For columns that the schema declares NOT NULL.
    package func text(_ column: Int) -> String { optionalText(column) ?? "" }
    package func number(_ column: Int) -> Int64 { optionalNumber(column) ?? 0 }
    package func instant(_ column: Int) -> Moment { Moment(milliseconds: number(column)) }
}

/// A row that the schema should have made impossible.
package struct Corrupt: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
