import StoredRows

/// A row as a store would read it back after it was written.
struct WrittenRow: StoredRow {
    private let values: [StoredValue]

    init(_ values: [StoredValue]) { self.values = values }

    /// Reads `columns` of what was written into others; a column that nobody wrote is null.
    init(_ columns: Columns, of written: Columns, _ values: StoredValues, _ more: [String: StoredValue] = [:]) {
        let all = Dictionary(zip(written.names, values)) { first, _ in first }.merging(more) { _, more in more }
        self.values = columns.names.map { all[$0] ?? .null }
    }

    func optionalText(_ column: Int) -> String? {
        if case .text(let text) = values[column] { text } else { nil }
    }

    func optionalNumber(_ column: Int) -> Int64? {
        if case .number(let number) = values[column] { number } else { nil }
    }

    func bytes(_ column: Int) -> [UInt8] {
        if case .bytes(let bytes) = values[column] { bytes } else { [] }
    }

    func flag(_ column: Int) -> Bool { values[column] == .flag(true) }
}
