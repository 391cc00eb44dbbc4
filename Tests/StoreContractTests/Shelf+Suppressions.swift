import CallControl
import CallCore
import Testing

extension Shelf {
    static let nuisance = "+15005550003"

    /// Suppresses numbers; the operation that ends their calls lies ready and has not begun.
    @discardableResult
    func suppress(
        _ numbers: [String] = [nuisance], ids: [String]? = nil, live: Stop.Live = .leave,
        of organization: OrganizationID = acme, for caller: Caller? = nil, at moment: Moment = now
    ) async throws -> Suppressed {
        let caller = caller ?? Caller(key: KeyID(rawValue: "key_1"), organization: organization, role: .operator)
        let ids = ids ?? numbers.map { "sup_\($0.dropFirst())" }
        let phones = try numbers.map { try #require(PhoneNumber($0)) }
        let suppressions = zip(ids, phones).map { id, number in
            SuppressedNumber(
                id: SuppressionID(rawValue: id), organization: organization, number: number, reason: "asked for it",
                key: caller.key, at: moment)
        }
        let ending = CallControl.Operation(
            id: OperationID(rawValue: "op_\(ids.first ?? "")"), organization: organization, kind: .cancel,
            target: .numbers(phones), live: live, reason: "asked for it", requestedAt: moment)
        return try await store.suppress(suppressions, ending: ending, for: caller)
    }

    func lift(_ id: String, for caller: Caller? = nil) async throws -> SuppressedNumber? {
        let freeing = CallControl.Operation(
            id: OperationID(rawValue: "op_\(id)_lifted"), organization: Self.acme, kind: .release,
            target: .scope(.all), live: .leave, queue: .hold, reason: nil, requestedAt: now)
        return try await store.lift(
            SuppressionID(rawValue: id), reason: "he changed his mind", freeing: freeing, for: caller ?? self.caller,
            at: now)
    }

    /// A call that is stored past the look at suppressions, as one from before them.
    func addOldCall(_ id: String, number: String = nuisance, retries: RetryPlan? = nil) async throws -> CallID {
        let call = Call(
            id: CallID(rawValue: id), organization: Self.acme, agent: Self.agentID,
            contact: Contact(phone: try #require(PhoneNumber(number))), dueAt: now, createdAt: now, retries: retries)
        try await store.insert([call])
        return call.id
    }

    /// What the store says to a new call; nil: it is accepted.
    func refusal(_ id: String, number: String = nuisance, organization: OrganizationID = acme) async -> StoreFailure? {
        do {
            try await addCall(
                id, agent: organization == Self.acme ? Self.agentID : StopContract.otherAgent,
                organization: organization, number: number)
            return nil
        } catch {
            return error as? StoreFailure
        }
    }
}
