package import CallControl
package import CallCore

/// A row of `operation_results`: what an operation did to one call.
package enum StoredResult {
    package static let columns: Columns = "position, call, outcome, status"

    package static func result(_ row: some StoredRow, of id: OperationID) throws -> OperationResult {
        guard let outcome = OperationResult.Outcome(rawValue: row.text(2)) else {
            throw Corrupt("result \(row.number(0)) of \(id)")
        }
        return OperationResult(
            position: Int(row.number(0)), call: CallID(rawValue: row.text(1)), outcome: outcome,
            status: row.optionalText(3).flatMap(CallStatus.init(rawValue:)))
    }

    package static let insertColumns = "operation" + columns + "room"

    /// `room`: the one that goes, where the call had an attempt under way.
    package static func insertValues(
        _ item: OperationChunk.Item, of id: OperationID, position: Int, room: RoomName?
    ) -> StoredValues {
        [
            id.rawValue, position, item.id.rawValue, item.fate.outcome.rawValue, item.status?.rawValue, room?.rawValue,
        ]
    }
}
