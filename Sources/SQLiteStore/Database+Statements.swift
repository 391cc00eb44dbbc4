import CallCore
import GRDB

// Statements are prepared once per connection and text: preparing costs five times what running one does.
extension Database {
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    func integer(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }
}

extension Row {
    func moment(_ column: Int) -> Moment? { (self[column] as Int64?).map(Moment.init(milliseconds:)) }

    /// For columns that the schema declares NOT NULL.
    func text(_ column: Int) -> String { self[column] as String? ?? "" }
    func number(_ column: Int) -> Int64 { self[column] as Int64? ?? 0 }
    func instant(_ column: Int) -> Moment { Moment(milliseconds: number(column)) }
}
