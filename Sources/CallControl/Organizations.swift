package import CallCore

/// What callers may ask for about their organization.
package struct Organizations: Sendable {
    let store: any OrganizationStore
    /// Wakes whoever carries operations out.
    let operationsBell: Bell
    let clock: any WallClock

    package init(store: any OrganizationStore, operationsBell: Bell, clock: any WallClock) {
        self.store = store
        self.operationsBell = operationsBell
        self.clock = clock
    }

    /// The caller's own.
    package func get(by caller: Caller) async throws(ControlError) -> Organization {
        let found: Organization?
        do {
            found = try await store.organization(caller.organization)
        } catch {
            throw ControlError(error)
        }
        guard let found else { throw .notFound }
        return found
    }

    /// Changes the caller's own.
    ///
    /// Its window holds for calls that wait already, but for those that have a narrower one.
    package func update(
        by caller: Caller, change: @escaping @Sendable (inout Organization) -> Void
    ) async throws(ControlError) -> Organization {
        let changed: Organization?
        do {
            changed = try await store.update(caller.organization, for: caller, at: clock.now) { organization in
                var organization = organization
                change(&organization)
                return organization
            }
        } catch {
            throw ControlError(error)
        }
        guard let changed else { throw .notFound }
        operationsBell.announce()
        return changed
    }
}
