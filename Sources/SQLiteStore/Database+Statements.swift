import CallCore
import Foundation
import GRDB
import StoredRows

// Statements are prepared once per connection and text: preparing costs five times what running one does.
extension Database {
    func run(_ sql: String, _ values: StoredValues = []) throws {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
    }

    func row(_ sql: String, _ values: StoredValues = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(values))
    }

    func rows(_ sql: String, _ values: StoredValues = []) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: StatementArguments(values))
    }

    /// For what may be too long to read whole.
    func cursor(_ sql: String, _ values: StoredValues = []) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: StatementArguments(values))
    }

    func integer(_ sql: String, _ values: StoredValues = []) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(values))
    }
}

extension Row: StoredRow {
    func optionalText(_ column: Int) -> String? { self[column] }
    func optionalNumber(_ column: Int) -> Int64? { self[column] }
    func bytes(_ column: Int) -> [UInt8] { (self[column] as Data?).map(Array.init) ?? [] }
    func flag(_ column: Int) -> Bool { self[column] as Int64? == 1 }
}

extension StoredValue: DatabaseValueConvertible {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .number(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        case .flag(let flag): flag.databaseValue
        }
    }

    static func fromDatabaseValue(_ value: DatabaseValue) -> StoredValue? {
        switch value.storage {
        case .null: .null
        case .int64(let number): .number(number)
        case .string(let text): .text(text)
        case .blob(let data): .bytes(Array(data))
        case .double: nil
        }
    }
}

extension Columns {
    func insert(into table: String, replacing: Bool = false) -> String {
        "INSERT\(replacing ? " OR REPLACE" : "") INTO \(table) (\(self)) VALUES (\(placeholders { _ in "?" }))"
    }

    /// The values of `condition` stand after those of the columns.
    func update(_ table: String, where condition: String) -> String {
        "UPDATE \(table) SET \(assignments { _ in "?" }) WHERE \(condition)"
    }
}
