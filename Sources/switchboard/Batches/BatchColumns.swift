import Foundation

/// Which column of a file is which field of a call.
struct BatchColumns: Sendable {
    /// Why the columns, or a row, cannot be used.
    struct Fault: Error, Sendable, Equatable {
        let reason: String
    }

    private enum Field: String, CaseIterable {
        case contactPhone, contactName, contactEmail, callerId, scheduledAt, priority, metadata, callMetadata
        case maxRetries, retryIntervals, timezone, localScheduleTime

        /// Other names of it, as `plain` writes them.
        var aliases: [String] {
            switch self {
            case .contactPhone: ["phonenumber", "phone", "number", "mobile", "telephone", "to"]
            case .contactName: ["name", "fullname"]
            case .contactEmail: ["email", "mail"]
            case .callerId: ["from"]
            case .scheduledAt: ["at"]
            case .localScheduleTime: ["targetlocaltime"]
            case .priority, .metadata, .callMetadata, .maxRetries, .retryIntervals, .timezone: []
            }
        }
    }

    private enum Column: Sendable {
        case field(Field)
        /// A member of one of the two free-form objects.
        case member(Field, String)
        case ignored
    }

    static let help = Field.allCases.map { field in
        ([field.rawValue] + field.aliases.prefix(2)).joined(separator: "/")
    }.joined(separator: ", ")

    private let columns: [Column]

    init(header: [String], ignoringOthers: Bool) throws(Fault) {
        var columns: [Column] = []
        var taken: Set<String> = []
        for (index, title) in header.enumerated() {
            guard let column = Self.column(title) else {
                guard ignoringOthers || title.isEmpty else {
                    throw Fault(
                        reason: """
                            column \(index + 1), "\(title.harmless)", is no field of a call: rename it, or say \
                            --ignore-other-columns; there are \(Self.help), metadata.NAME, callMetadata.NAME
                            """)
                }
                columns.append(.ignored)
                continue
            }
            let name =
                switch column {
                case .field(let field): field.rawValue
                case .member(let field, let name): "\(field.rawValue).\(name)"
                case .ignored: ""
                }
            guard taken.insert(name).inserted else { throw Fault(reason: "two columns are \(name.harmless)") }
            columns.append(column)
        }
        guard taken.contains(Field.contactPhone.rawValue) else {
            throw Fault(
                reason:
                    "no column is \(Field.contactPhone.rawValue) (or phoneNumber, phone, number): the first line names the columns"
            )
        }
        self.columns = columns
    }

    private static func column(_ title: String) -> Column? {
        if let dot = title.firstIndex(of: ".") {
            let object = plain(title[..<dot])
            let name = title[title.index(after: dot)...].trimmingCharacters(in: .whitespaces)
            let field = [Field.metadata, .callMetadata].first { $0.rawValue.lowercased() == object }
            return name.isEmpty ? nil : field.map { .member($0, name) }
        }
        let name = plain(title)
        return Field.allCases.first { $0.rawValue.lowercased() == name || $0.aliases.contains(name) }.map { .field($0) }
    }

    /// In lower case, without what separates words.
    private static func plain(_ title: some StringProtocol) -> String {
        title.lowercased().filter { !" _-\t".contains($0) }
    }

    /// The JSON of the row's call; an empty cell is a field that is not given.
    func call(_ cells: [String]) throws(Fault) -> Data {
        guard cells.count == columns.count else {
            throw Fault(reason: "it has \(cells.count) cells, and the first line \(columns.count)")
        }
        var fields: [String: Any] = [:]
        var members: [Field: [String: Any]] = [:]
        for (column, cell) in zip(columns, cells) {
            let cell = cell.trimmingCharacters(in: .whitespaces)
            guard !cell.isEmpty else { continue }
            switch column {
            case .ignored: break
            case .member(let field, let name): members[field, default: [:]][name] = cell
            case .field(let field):
                switch field {
                case .priority, .maxRetries:
                    guard let number = Int(cell) else {
                        throw Fault(reason: "\(field.rawValue) must be a whole number")
                    }
                    fields[field.rawValue] = number
                case .metadata, .callMetadata:
                    guard let object = try? JSONSerialization.jsonObject(with: Data(cell.utf8)) as? [String: Any] else {
                        throw Fault(reason: "\(field.rawValue) must be a JSON object")
                    }
                    members[field, default: [:]].merge(object) { own, _ in own }
                case .retryIntervals:
                    fields[field.rawValue] = cell.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
                case .contactPhone, .contactName, .contactEmail, .callerId, .scheduledAt, .timezone,
                    .localScheduleTime:
                    fields[field.rawValue] = cell
                }
            }
        }
        for (field, object) in members { fields[field.rawValue] = object }
        do {
            // Sorted, so that a run that is resumed sends the same bytes.
            return try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
        } catch {
            throw Fault(reason: "it cannot be written as JSON")
        }
    }
}
