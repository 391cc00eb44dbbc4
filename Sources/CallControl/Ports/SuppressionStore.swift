package import CallCore

/// Where the numbers are kept that an organization never dials.
package protocol SuppressionStore: Sendable {
    /// One transaction: all of the numbers are suppressed on return, and `ending` lies ready for whoever carries operations out.
    ///
    /// A number that was suppressed before keeps what is there of it. From the return on no attempt to one of them becomes sent.
    func suppress(
        _ numbers: [SuppressedNumber], ending: Operation, for caller: Caller
    ) async throws(StoreFailure) -> Suppressed
    /// One transaction: the number may be dialled again, and `freeing` lets go what is still held. Nil: no such suppression.
    func lift(
        _ id: SuppressionID, reason: String?, freeing: Operation, for caller: Caller, at now: Moment
    ) async throws(StoreFailure) -> SuppressedNumber?
    func suppression(_ id: SuppressionID) async throws(StoreFailure) -> SuppressedNumber?
    /// Newest first.
    func suppressions(_ query: SuppressionQuery) async throws(StoreFailure) -> SuppressionPage
    /// Those of the numbers that are suppressed.
    func suppressions(
        of numbers: [PhoneNumber], in organization: OrganizationID
    ) async throws(StoreFailure) -> [PhoneNumber: SuppressionID]
}

/// A number that is never to be dialled by its organization.
package struct SuppressedNumber: Sendable, Equatable {
    package let id: SuppressionID
    package let organization: OrganizationID
    package let number: PhoneNumber
    package let reason: String?
    package let key: KeyID
    package let at: Moment

    package init(
        id: SuppressionID, organization: OrganizationID, number: PhoneNumber, reason: String?, key: KeyID, at: Moment
    ) {
        self.id = id
        self.organization = organization
        self.number = number
        self.reason = reason
        self.key = key
        self.at = at
    }
}

/// What a request to suppress numbers came to.
package struct Suppressed: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package let suppression: SuppressedNumber
        /// It was not suppressed before.
        package let isNew: Bool

        package init(_ suppression: SuppressedNumber, isNew: Bool) {
            self.suppression = suppression
            self.isNew = isNew
        }
    }

    /// Each number once, in the order of the request.
    package let rows: [Row]
    /// Ends the calls to them.
    package var operation: OperationRecord

    package init(rows: [Row], operation: OperationRecord) {
        self.rows = rows
        self.operation = operation
    }
}

/// Which suppressions somebody wants to see.
package struct SuppressionQuery: Sendable, Equatable {
    /// Where a page ended.
    package struct Position: Sendable, Equatable {
        package let at: Moment
        package let id: SuppressionID

        package init(at: Moment, id: SuppressionID) {
            self.at = at
            self.id = id
        }
    }

    package let organization: OrganizationID
    package var number: PhoneNumber?
    package var after: Position?
    package var limit = 50
    package var offset = 0

    package init(organization: OrganizationID) { self.organization = organization }
}

/// A part of an organization's suppressions.
package struct SuppressionPage: Sendable, Equatable {
    package let suppressions: [SuppressedNumber]
    /// Of all that the query asks for.
    package let total: Int
    /// Nil: there are no more.
    package let next: SuppressionQuery.Position?

    /// `found`: one more than the query's limit where there are so many.
    package init(_ found: [SuppressedNumber], of query: SuppressionQuery, total: Int) {
        suppressions = Array(found.prefix(query.limit))
        self.total = total
        next =
            found.count > query.limit
            ? suppressions.last.map { SuppressionQuery.Position(at: $0.at, id: $0.id) } : nil
    }
}
