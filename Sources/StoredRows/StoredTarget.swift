package import CallControl
package import CallCore
import Foundation

/// Rows of `operation_targets`: ids as a JSON array, which only SQL reads, other targets as a JSON object.
package enum StoredTarget {
    package static func text(_ target: CallControl.Operation.Target) throws -> String {
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
        // A node that knows one number only ends the calls to that, and not those to all others.
        case .numbers(let numbers):
            try encode(Description(called: numbers.first?.e164 ?? "", others: numbers.dropFirst().map(\.e164)))
        }
    }

    /// Ids in one row: a long list is written once, and no chunk reads all of it.
    package static let block = 250

    package static let insertColumns: Columns = "operation, block, is_list, target"

    /// The values of all the rows that the target of an operation takes.
    package static func insertRows(_ target: CallControl.Operation.Target, of id: OperationID) throws -> [StoredValues]
    {
        guard case .ids(let ids) = target else { return [[id.rawValue, 0, false, try text(target)]] }
        return try stride(from: 0, to: max(ids.count, 1), by: block).map { start in
            let part = Array(ids[start..<min(start + block, ids.count)])
            return [id.rawValue, start / block, true, try text(.ids(part))]
        }
    }

    /// Of the row of block 0; null for a list of ids.
    package static let selectionColumns: Columns = "CASE WHEN is_list THEN NULL ELSE target END"

    /// Nil where the target is a list of ids.
    package static func selection(
        _ row: (some StoredRow)?, of operation: StoredOperation
    ) throws -> CallSelection? {
        guard let row else { throw Corrupt("operation \(operation.id) has no target") }
        return try row.optionalText(0).map { try selection($0, of: operation.organization) }
    }

    /// The calls that an operation with this target would want; nil where it is a list of ids.
    package static func selection(
        _ target: CallControl.Operation.Target, of organization: OrganizationID
    ) throws -> CallSelection? {
        switch target {
        case .ids: nil
        case .filter, .scope, .numbers: try selection(text(target), of: organization)
        }
    }

    private static func selection(_ text: String, of organization: OrganizationID) throws -> CallSelection {
        let kept = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
        var query = CallQuery(organization: organization)
        query.agent = kept.agent.map(AgentID.init(rawValue:))
        query.batch = kept.batch.map(BatchID.init(rawValue:))
        query.statuses = Set((kept.statuses ?? []).compactMap(CallStatus.init(rawValue:)))
        query.phone = kept.phone.flatMap { PhoneNumber($0) }
        query.from = kept.from.map(Moment.init(milliseconds:))
        query.to = kept.to.map(Moment.init(milliseconds:))
        query.prefix = kept.prefix
        let called = kept.called.map { ([$0] + (kept.others ?? [])).compactMap { PhoneNumber($0) } }
        return CallSelection(query, called: called)
    }

    private struct Description: Codable {
        var agent: String?
        var batch: String?
        var statuses: [String]?
        /// As a list's filter has it: the called number or the caller id.
        var phone: String?
        /// As a stop's scope has it: the called number only.
        var called: String?
        /// More of those.
        var others: [String]?
        var from: Int64?
        var to: Int64?
        var prefix: String?
    }

    private static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}
