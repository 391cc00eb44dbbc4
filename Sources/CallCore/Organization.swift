/// A customer: whose calls, agents and keys they are, and what holds for all of its calls.
package struct Organization: Sendable, Equatable {
    package let id: OrganizationID
    /// For calls whose agent has none, and that name none themselves.
    package var callWindow: CallWindow?

    package init(id: OrganizationID, callWindow: CallWindow? = nil) {
        self.id = id
        self.callWindow = callWindow
    }
}
