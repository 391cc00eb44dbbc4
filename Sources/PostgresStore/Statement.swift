import CallControl
import StoredRows

/// One statement of a pipeline; its text is prepared once for each connection.
struct Statement: Sendable {
    let sql: String
    /// What stands for `$1`, `$2` and so on.
    let values: StoredValues
    /// The text for many rows at once, where this writes one: see `Insertion`.
    let many: String?
    /// The text that answers many who ask this, where it may be asked for all of them at once: see `Question`.
    let shared: String?

    init(_ sql: String, _ values: StoredValues = [], many: String? = nil, shared: String? = nil) {
        self.sql = sql
        self.values = values
        self.many = many
        self.shared = shared
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

    static func of(_ texts: [String]) -> String {
        var list = "{"
        for text in texts { append(text, to: &list) }
        return closed(list)
    }

    /// The values of one column, for a place that has an array of its type.
    static func of(_ values: some Sequence<StoredValue>) -> String {
        var list = "{"
        for value in values {
            switch value {
            case .null: list += "NULL,"
            case .number(let number): list += "\(number),"
            case .flag(let flag): list += flag ? "t," : "f,"
            case .text(let text): append(text, to: &list)
            case .bytes(let bytes): append("\\x" + bytes.hex, to: &list)
            }
        }
        return closed(list)
    }

    private static func append(_ text: String, to list: inout String) {
        list += "\""
        if text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            for scalar in text.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { list.unicodeScalars.append("\\") }
                list.unicodeScalars.append(scalar)
            }
        } else {
            list += text
        }
        list += "\","
    }

    private static func closed(_ list: String) -> String { (list.count > 1 ? String(list.dropLast()) : list) + "}" }
}
