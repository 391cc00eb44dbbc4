/// A list of columns, in the order in which a row is read or values are written.
///
/// In a text it stands as SQL lists it: `"SELECT \(columns) FROM …"`.
package struct Columns: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let names: [String]
    package let description: String

    package init(_ names: [String]) {
        self.names = names
        description = names.joined(separator: ", ")
    }

    /// Names with `", "` between them; an expression is a column if it has no comma in it.
    package init(stringLiteral list: String) {
        var names: [String] = []
        var name = ""
        for character in list {
            switch character {
            case ",":
                names.append(name)
                name = ""
            case " " where name.isEmpty: break
            default: name.append(character)
            }
        }
        self.init(names + [name])
    }

    package var count: Int { names.count }

    /// The same columns of a table that is called so in the statement.
    package func of(_ table: String) -> Columns { Columns(names.map { "\(table).\($0)" }) }

    package static func + (left: Columns, right: Columns) -> Columns { Columns(left.names + right.names) }

    /// What stands for their values; `placeholder` is told the place, from 1.
    package func placeholders(_ placeholder: (Int) -> String) -> String {
        (0..<count).map { placeholder($0 + 1) }.joined(separator: ", ")
    }

    /// What sets each to its value; `placeholder` is told the place, from 1.
    package func assignments(_ placeholder: (Int) -> String) -> String {
        names.enumerated().map { "\($1) = \(placeholder($0 + 1))" }.joined(separator: ", ")
    }
}
