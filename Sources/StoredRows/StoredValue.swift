package import CallCore

/// A value on its way into a row.
package enum StoredValue: Sendable, Hashable {
    case null
    case number(Int64)
    case text(String)
    case bytes([UInt8])
    case flag(Bool)
}

extension StoredValue {
    package static func of(_ value: (some Storable)?) -> StoredValue { value?.stored ?? .null }
}

/// What a column can hold; null is an optional that is nil.
package protocol Storable {
    var stored: StoredValue { get }
}

extension String: Storable { package var stored: StoredValue { .text(self) } }
extension Int: Storable { package var stored: StoredValue { .number(Int64(self)) } }
extension Int64: Storable { package var stored: StoredValue { .number(self) } }
extension Bool: Storable { package var stored: StoredValue { .flag(self) } }
extension [UInt8]: Storable { package var stored: StoredValue { .bytes(self) } }
/// In milliseconds.
extension Moment: Storable { package var stored: StoredValue { .number(milliseconds) } }

/// The values of a row or a statement, in the order of its columns or placeholders.
package struct StoredValues: Sendable, Hashable, ExpressibleByArrayLiteral {
    private var values: [StoredValue]

    package init(arrayLiteral elements: (any Storable)?...) { values = elements.map { $0?.stored ?? .null } }

    /// For rows that come by the thousand: without a box for each value.
    package init(_ values: [StoredValue]) { self.values = values }

    package static func + (left: StoredValues, right: StoredValues) -> StoredValues {
        var sum = left
        sum += right
        return sum
    }

    package static func += (left: inout StoredValues, right: StoredValues) { left.values += right.values }
}

extension StoredValues: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { values.count }
    package subscript(index: Int) -> StoredValue { values[index] }
}
