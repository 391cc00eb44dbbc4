/// What a customer changes of a waiting call; nil: that stays as it is.
package struct Amendment: Sendable, Equatable {
    package let organization: OrganizationID
    package var scheduledAt: Moment?
    /// 0 to 10, lower is sooner.
    package var priority: Int?
    /// A JSON object, as text.
    package var metadata: String?

    package init(organization: OrganizationID) { self.organization = organization }
}

extension Call {
    /// The rule: this call as it is meant to be, while nothing of it is under way.
    ///
    /// Windows hold for the new time as they did for the old one. Between two attempts the time is the plan's, and is not changed.
    package func amended(by amendment: Amendment, at now: Moment) throws(Refusal) -> Call {
        guard amendment.organization == organization else { throw .belongsToAnotherOrganization }
        guard phase == .waiting else { throw .alreadyOver(status) }
        var call = self
        if let at = amendment.scheduledAt, at != scheduledAt {
            guard !isRetrying else { throw .isRetrying }
            call.scheduledAt = at
            call.dueAt = windows.nextOpening(from: max(at, now)) ?? now + Self.closedForEverIsAskedAgainAfter
            call.dueBefore = nil
        }
        call.priority = amendment.priority ?? priority
        call.metadata = amendment.metadata ?? metadata
        if call != self { call.updatedAt = now }
        return call
    }
}
