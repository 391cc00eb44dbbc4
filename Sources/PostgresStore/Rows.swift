import CPostgres
import Glibc
import StoredRows

/// What one statement came to: its rows, or how many it changed.
///
/// `@unchecked`: libpq's result is only read, and by nobody before it is whole.
final class Rows: RandomAccessCollection, @unchecked Sendable {
    private let result: OpaquePointer
    let startIndex = 0
    let endIndex: Int
    /// Whose rows these are, and which of them; nil: all of the result, which is its own.
    private let share: (whole: Rows, rows: [Int])?

    /// Takes the result over and gives it back to libpq at its end.
    init(_ result: OpaquePointer) {
        self.result = result
        endIndex = Int(PQntuples(result))
        share = nil
    }

    private init(_ whole: Rows, _ rows: [Int]) {
        result = whole.result
        endIndex = rows.count
        share = (whole, rows)
    }

    deinit { if share == nil { PQclear(result) } }

    /// Some of these rows, by their numbers.
    func only(_ rows: [Int]) -> Rows { Rows(self, rows) }

    subscript(index: Int) -> Row { Row(result, share?.rows[index] ?? index, self) }

    /// What the server says that it has done.
    var command: String { withExtendedLifetime(self) { String(cString: PQcmdStatus(result)) } }

    /// How many rows an INSERT, UPDATE or DELETE changed.
    var changed: Int { withExtendedLifetime(self) { Int(String(cString: PQcmdTuples(result))) ?? 0 } }
}

/// One row, by column number.
struct Row: StoredRow {
    private let result: OpaquePointer
    private let index: Int32
    private let owner: Rows

    init(_ result: OpaquePointer, _ index: Int, _ owner: Rows) {
        self.result = result
        self.index = Int32(index)
        self.owner = owner
    }

    /// What the column has, nil for null.
    ///
    /// The result is held until `read` is done: the compiler lets go of an owner as soon as nobody names it any more.
    private func characters<Value>(_ column: Int, _ read: (UnsafeMutablePointer<CChar>) -> Value) -> Value? {
        withExtendedLifetime(owner) {
            PQgetisnull(result, index, Int32(column)) == 1
                ? nil : PQgetvalue(result, index, Int32(column)).map(read)
        }
    }

    /// Of the last column.
    var lastNumber: Int { Int(number(Int(PQnfields(result)) - 1)) }

    func optionalText(_ column: Int) -> String? { characters(column) { String(cString: $0) } }
    func optionalNumber(_ column: Int) -> Int64? { characters(column) { Int64(strtoll($0, nil, 10)) } }

    /// For columns of type `bytea`, which come as `\x` and hexadecimal digits.
    func bytes(_ column: Int) -> [UInt8] {
        characters(column) { text in
            let length = Int(PQgetlength(result, index, Int32(column)))
            return stride(from: 2, to: length - 1, by: 2).map { at in
                Self.digit(text[at]) << 4 | Self.digit(text[at + 1])
            }
        } ?? []
    }

    private static func digit(_ character: CChar) -> UInt8 {
        let code = UInt8(bitPattern: character)
        return code <= UInt8(ascii: "9") ? code &- UInt8(ascii: "0") : code &- UInt8(ascii: "a") &+ 10
    }

    /// For columns of type `boolean`.
    func flag(_ column: Int) -> Bool { characters(column) { $0.pointee == CChar(UInt8(ascii: "t")) } ?? false }
}
