/// A table as a copy moves it from one store to another.
package struct StoredTable: Sendable, Equatable {
    package let name: String
    package let columns: Columns
    /// The columns of the primary key, in its order.
    package let key: Columns
    package let rows: Int

    package init(name: String, columns: Columns, key: Columns, rows: Int) {
        self.name = name
        self.columns = columns
        self.key = key
        self.rows = rows
    }

    package static func == (left: StoredTable, right: StoredTable) -> Bool {
        left.name == right.name && left.columns.names == right.columns.names && left.key.names == right.key.names
            && left.rows == right.rows
    }
}
