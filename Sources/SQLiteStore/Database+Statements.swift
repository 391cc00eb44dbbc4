import CallCore
import Foundation
import GRDB
import StoredRows

// Statements are prepared once per connection and text: preparing costs five times what running one does.
extension Database {
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// As `run`, for rows of many columns: bound one by one, because making GRDB's arguments of them costs as much as the statement.
    func run(_ sql: String, values: StoredValues) throws { try run(sql, rows: [values]) }

    /// `sharing`: so many values at the beginning of each row are those of the first one.
    func run(_ sql: String, rows: ArraySlice<StoredValues>, sharing: Int = 0) throws {
        let statement = try cachedStatement(sql: sql)
        // Resets it, and leaves null in every place.
        statement.setUncheckedArguments(StatementArguments())
        var place: CInt = 0
        for (number, row) in rows.enumerated() {
            for value in row[(number == 0 ? 0 : sharing)...] {
                place += 1
                let code = value.bind(to: statement.sqliteStatement, at: place)
                guard code == 0 else {
                    throw DatabaseError(
                        resultCode: ResultCode(rawValue: code), message: "value \(place) of row \(number + 1)", sql: sql
                    )
                }
            }
        }
        try statement.execute()
    }

    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    /// For what may be too long to read whole.
    func cursor(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    }

    func integer(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int64? {
        try Int64.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }
}

extension Row: StoredRow {
    func optionalText(_ column: Int) -> String? { self[column] }
    func optionalNumber(_ column: Int) -> Int64? { self[column] }
    func bytes(_ column: Int) -> [UInt8] { (self[column] as Data?).map(Array.init) ?? [] }
    func flag(_ column: Int) -> Bool { self[column] as Int64? == 1 }
}

extension StatementArguments {
    /// By literals: of those alone GRDB makes arguments in code that is compiled for their type, in half of the time.
    init(_ values: StoredValues) {
        self.init()
        var place = values.startIndex
        func next() -> DatabaseValue {
            defer { place += 1 }
            return values[place].inSQLite
        }
        while values.count - place >= 8 { self += [next(), next(), next(), next(), next(), next(), next(), next()] }
        if values.count - place >= 4 { self += [next(), next(), next(), next()] }
        if values.count - place >= 2 { self += [next(), next()] }
        if values.count > place { self += [next()] }
    }
}

extension StoredValue {
    fileprivate var inSQLite: DatabaseValue {
        switch self {
        case .null: .null
        case .number(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        case .flag(let flag): flag.databaseValue
        }
    }

    /// SQLite's own result: 0, or what is wrong.
    fileprivate func bind(to statement: SQLiteStatement, at place: CInt) -> CInt {
        switch self {
        case .null: 0
        case .number(let number): number.bind(to: statement, at: place)
        case .text(let text): text.bind(to: statement, at: place)
        case .bytes(let bytes): Data(bytes).bind(to: statement, at: place)
        case .flag(let flag): flag.bind(to: statement, at: place)
        }
    }
}

/// In milliseconds.
extension Moment: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { milliseconds.databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> Moment? {
        Int64.fromDatabaseValue(value).map(Moment.init(milliseconds:))
    }
}

extension Columns {
    /// `sharing`: so many columns at the beginning have the values of the first row in all of them.
    func insert(into table: String, rows: Int = 1, sharing: Int = 0, replacing: Bool = false) -> String {
        let own = names.count - sharing
        let values = (0..<rows).map { row in
            let places = names.indices.map { $0 < sharing || row == 0 ? $0 + 1 : row * own + $0 + 1 }
            return "(\(places.map { "?\($0)" }.joined(separator: ", ")))"
        }
        return
            "INSERT\(replacing ? " OR REPLACE" : "") INTO \(table) (\(self)) VALUES \(values.joined(separator: ", "))"
    }

    /// The values of `condition` stand after those of the columns.
    func update(_ table: String, where condition: String) -> String {
        "UPDATE \(table) SET \(assignments { _ in "?" }) WHERE \(condition)"
    }
}
