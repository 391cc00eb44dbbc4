import CallControl
import CallCore
import Foundation
import GRDB
import StoredRows

/// How the target of an operation is kept: ids as a JSON array, which only SQL reads, the others as a JSON object.
enum OperationTarget {
    static func text(_ target: CallControl.Operation.Target) throws -> String {
        switch target {
        case .ids(let ids): try encode(ids.map(\.rawValue))
        case .filter(let query):
            try encode(
                Description(
                    agent: query.agent?.rawValue, batch: query.batch?.rawValue,
                    statuses: query.statuses.map(\.rawValue).sorted(), phone: query.phone?.e164,
                    from: query.from?.milliseconds, to: query.to?.milliseconds, prefix: query.prefix))
        case .scope(let scope):
            switch scope {
            case .all: try encode(Description())
            case .agent(let agent): try encode(Description(agent: agent.rawValue))
            case .batch(let batch): try encode(Description(batch: batch.rawValue))
            case .phone(let number): try encode(Description(called: number.e164))
            }
        }
    }

    /// Ids in one row.
    static let block = 250

    static func write(_ target: CallControl.Operation.Target, of id: OperationID, _ db: Database) throws {
        func write(_ text: String, block: Int, isList: Bool) throws {
            try db.run(
                "INSERT INTO operation_targets (operation, block, is_list, target) VALUES (?, ?, ?, ?)",
                [id.rawValue, block, isList, text])
        }
        guard case .ids(let ids) = target else { return try write(try text(target), block: 0, isList: false) }
        for start in stride(from: 0, to: max(ids.count, 1), by: block) {
            let part = Array(ids[start..<min(start + block, ids.count)])
            try write(try text(.ids(part)), block: start / block, isList: true)
        }
    }

    /// Nil where the target is a list of ids.
    static func filter(of operation: OperationRow, _ db: Database) throws -> CallFilter? {
        let row = try db.row(
            "SELECT CASE is_list WHEN 0 THEN target END FROM operation_targets WHERE operation = ? AND block = 0",
            [operation.id.rawValue])
        guard let row else { throw Corrupt("operation \(operation.id) has no target") }
        return try (row[0] as String?).map { try filter($0, of: operation.organization) } ?? nil
    }

    /// Nil where `text` is a list of ids.
    static func filter(_ text: String, of organization: OrganizationID) throws -> CallFilter? {
        guard !text.hasPrefix("[") else { return nil }
        let kept = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
        var query = CallQuery(organization: organization)
        query.agent = kept.agent.map(AgentID.init(rawValue:))
        query.batch = kept.batch.map(BatchID.init(rawValue:))
        query.statuses = Set((kept.statuses ?? []).compactMap(CallStatus.init(rawValue:)))
        query.phone = kept.phone.flatMap { PhoneNumber($0) }
        query.from = kept.from.map(Moment.init(milliseconds:))
        query.to = kept.to.map(Moment.init(milliseconds:))
        query.prefix = kept.prefix
        return CallFilter(CallSelection(query, called: kept.called.flatMap { PhoneNumber($0) }))
    }

    private struct Description: Codable {
        var agent: String?
        var batch: String?
        var statuses: [String]?
        /// As a list's filter has it: the called number or the caller id.
        var phone: String?
        /// As a stop's scope has it: the called number only.
        var called: String?
        var from: Int64?
        var to: Int64?
        var prefix: String?
    }

    private static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}
