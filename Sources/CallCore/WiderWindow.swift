/// Whose word a window is.
package enum WindowOwner: Sendable, Equatable {
    /// The call's own, its batch's, or its metadata's.
    case call
    case agent(AgentID)
    case organization(OrganizationID)
}

/// The window that holds for calls that name none themselves, with whose it is.
package struct WiderWindow: Sendable, Equatable {
    package let window: CallWindow
    package let owner: WindowOwner

    package init(_ window: CallWindow, of owner: WindowOwner) {
        self.window = window
        self.owner = owner
    }
}

extension Agent {
    /// The one for its calls: its own, or else its organization's.
    package var widerWindow: WiderWindow? {
        if let callWindow { return WiderWindow(callWindow, of: .agent(id)) }
        return organizationWindow.map { WiderWindow($0, of: .organization(organization)) }
    }
}
