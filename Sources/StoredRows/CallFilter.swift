import CallControl
import CallCore

/// The WHERE of a list or an operation, over the rows of calls (`c`), and the column that a list is sorted by.
package struct CallFilter: Sendable {
    /// How a database says what SQL has no one word for.
    package struct Dialect: Sendable {
        /// Compares with a pattern and ignores the case of the letters A to Z.
        let like: String
        /// What stands for the value in this place, from 1.
        let placeholder: @Sendable (Int) -> String
        /// The texts of a JSON array, which stands for `?`, as a query.
        let elements: String

        package init(like: String, elements: String, placeholder: @escaping @Sendable (Int) -> String) {
            self.like = like
            self.elements = elements
            self.placeholder = placeholder
        }
    }

    package private(set) var condition = ""
    package private(set) var values: StoredValues = []
    package let sortColumn: String

    /// Its values stand in the statement after `preceding` others.
    package init(_ selection: CallSelection, _ dialect: Dialect, preceding: Int = 0) {
        let query = selection.query
        sortColumn = query.sort == .createdAt ? "c.created" : "c.listed_at"
        var place = preceding
        /// Each `?` stands for one of the values.
        func add(_ text: String, _ values: StoredValues) {
            if !condition.isEmpty { condition += " AND " }
            for character in text {
                if character == "?" {
                    place += 1
                    condition += dialect.placeholder(place)
                } else {
                    condition.append(character)
                }
            }
            self.values += values
        }
        add("c.organization = ?", [query.organization.rawValue])
        if let agent = query.agent { add("c.agent = ?", [agent.rawValue]) }
        if let batch = query.batch { add("c.batch = ?", [batch.rawValue]) }
        if !query.statuses.isEmpty {
            let statuses = query.statuses.map(\.rawValue).sorted()
            add(
                "c.status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))",
                statuses.reduce(into: []) { $0 += [$1] })
        }
        if let phone = query.phone { add("(c.phone = ? OR c.caller_id = ?)", [phone.e164, phone.e164]) }
        if let from = query.from { add("c.created >= ?", [from]) }
        if let to = query.to { add("c.created <= ?", [to]) }
        if let prefix = query.prefix {
            let pattern = prefix.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined() + "%"
            add(
                "(c.contact_name \(dialect.like) ? ESCAPE '\\' OR c.contact_email \(dialect.like) ? ESCAPE '\\')",
                [pattern, pattern])
        }
        if let called = selection.called, called.count == 1 {
            add("c.phone = ?", [called[0].e164])
        } else if let called = selection.called {
            // Digits and a plus: nothing that JSON would write otherwise.
            let list = called.map { "\"\($0.e164)\"" }.joined(separator: ",")
            // `IS TRUE` keeps PostgreSQL from making a join of it, which without statistics reads the list anew for each call.
            add("(c.phone IN (\(dialect.elements))) IS TRUE", ["[\(list)]"])
        }
    }
}
