package import CallCore

/// What callers may ask for about suppressions: numbers that are never to be dialled.
package struct Suppressions: Sendable {
    /// Numbers that one request may name.
    package static let mostNumbers = 1000

    let store: any SuppressionStore
    /// Wakes whoever carries operations out.
    let bell: Bell
    let clock: any WallClock
    let identifiers: Identifiers

    package init(
        store: any SuppressionStore, bell: Bell, clock: any WallClock, identifiers: Identifiers = Identifiers()
    ) {
        self.store = store
        self.bell = bell
        self.clock = clock
        self.identifiers = identifiers
    }

    /// Suppresses numbers, and begins to end the calls to them.
    ///
    /// From the return on no attempt to one of them becomes sent, and no call to one is accepted.
    package func suppress(
        _ numbers: [PhoneNumber], live: Stop.Live = .leave, reason: String? = nil, by caller: Caller
    ) async throws(ControlError) -> Suppressed {
        let now = clock.now
        var seen: Set<PhoneNumber> = []
        let numbers = numbers.filter { seen.insert($0).inserted }
        let suppressions = numbers.map { number in
            SuppressedNumber(
                id: identifiers.suppression(at: now), organization: caller.organization, number: number,
                reason: reason, key: caller.key, at: now)
        }
        let ending = Operation(
            id: identifiers.operation(at: now), organization: caller.organization, kind: .cancel,
            target: .numbers(numbers), live: live, reason: reason ?? "the number is suppressed", requestedAt: now)
        let suppressed: Suppressed
        do {
            suppressed = try await store.suppress(suppressions, ending: ending, for: caller)
        } catch {
            throw ControlError(error)
        }
        bell.announce()
        return suppressed
    }

    /// Lifts a suppression; calls to the number are accepted again.
    ///
    /// What was waiting when it was set is over.
    package func lift(
        _ id: SuppressionID, reason: String? = nil, by caller: Caller
    ) async throws(ControlError) -> SuppressedNumber {
        let now = clock.now
        let number = try await get(id, by: caller).number
        let freeing = Operation(
            id: identifiers.operation(at: now), organization: caller.organization, kind: .release,
            target: .scope(.phone(number)), live: .leave, queue: .hold, reason: reason, requestedAt: now)
        let lifted: SuppressedNumber?
        do {
            lifted = try await store.lift(id, reason: reason, freeing: freeing, for: caller, at: now)
        } catch {
            throw ControlError(error)
        }
        guard let lifted else { throw .notFound }
        bell.announce()
        return lifted
    }

    package func get(_ id: SuppressionID, by caller: Caller) async throws(ControlError) -> SuppressedNumber {
        let suppression: SuppressedNumber?
        do {
            suppression = try await store.suppression(id)
        } catch {
            throw ControlError(error)
        }
        guard let suppression else { throw .notFound }
        guard suppression.organization == caller.organization else { throw .belongsToAnotherOrganization }
        return suppression
    }

    package func list(_ query: SuppressionQuery) async throws(ControlError) -> SuppressionPage {
        do {
            return try await store.suppressions(query)
        } catch {
            throw ControlError(error)
        }
    }
}

extension SuppressionID {
    /// What is wrong with the field that has the number, in words for people.
    package var fault: String {
        "is suppressed, so that nothing is dialled to it; DELETE /suppressions/\(self) lifts that"
    }
}

extension Batch {
    /// The batch without its calls to suppressed numbers, which are refused.
    package func refusing(_ suppressed: [PhoneNumber: SuppressionID]) -> Batch {
        guard !suppressed.isEmpty else { return self }
        var isStopped = false
        let rows = rows.map { row -> Row in
            if isStopped { return .refused(.behindAnotherRefusal) }
            guard case .scheduled(let call) = row, let id = suppressed[call.contact.phone] else { return row }
            isStopped = stopOnError
            return .refused(RowRefusal("contactPhone \(id.fault)", [FieldFault("contactPhone", id.fault)]))
        }
        return Batch(
            id: self.id, organization: organization, agent: agent, name: name, createdAt: createdAt,
            stopOnError: stopOnError, guards: guards, rows: rows)
    }
}
