import StoredRows

/// One statement of a pipeline; its text is prepared once for each connection.
struct Statement: Sendable {
    let sql: String
    /// What stands for `$1`, `$2` and so on.
    let values: StoredValues

    init(_ sql: String, _ values: StoredValues = []) {
        self.sql = sql
        self.values = values
    }

    /// The text of a statement that writes a row.
    static func insert(into table: String, _ columns: Columns) -> String {
        "INSERT INTO \(table) (\(columns)) VALUES (\(columns.placeholders { "$\($0)" }))"
    }

    /// The text of a statement that changes rows; the places in `condition` come after those of the columns.
    static func update(_ table: String, _ columns: Columns, where condition: (Int) -> String) -> String {
        "UPDATE \(table) SET \(columns.assignments { "$\($0)" }) WHERE \(condition(columns.count + 1))"
    }
}

/// A list for a place of an array type: one statement for many rows, through `= ANY`.
enum List {
    static func of(_ numbers: [Int64]) -> String { "{\(numbers.map(String.init).joined(separator: ","))}" }

    static func of(_ texts: [String?]) -> String {
        let elements = texts.map { text -> String in
            guard let text else { return "NULL" }
            var quoted = "\""
            for scalar in text.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
                quoted.unicodeScalars.append(scalar)
            }
            return quoted + "\""
        }
        return "{\(elements.joined(separator: ","))}"
    }
}
