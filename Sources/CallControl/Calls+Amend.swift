package import CallCore

extension Calls {
    /// Changes a call that waits.
    ///
    /// It is durable on return, and dialled by its new time and priority.
    package func amend(
        _ id: CallID, by amendment: Amendment, for caller: Caller
    ) async throws(ControlError) -> CallRecord {
        let now = clock.now
        if let at = amendment.scheduledAt, at < now - CallOrder.pastAllowed {
            // Whose call it is comes before what is wrong with the request.
            _ = try await get(id, by: caller)
            throw .invalid([CallOrder.tooLate])
        }
        let amended: Result<CallRecord, Refusal>?
        do {
            amended = try await store.amend(id, for: caller, at: now) { call in
                Result { () throws(Refusal) in try call.amended(by: amendment, at: now) }
            }
        } catch {
            throw ControlError(error)
        }
        switch amended {
        case nil: throw .notFound
        case .failure(.belongsToAnotherOrganization): throw .belongsToAnotherOrganization
        case .failure(.alreadyOver(let status)): throw .cannotChange(status)
        case .failure(.isRetrying), .failure(.alreadySent):
            throw .invalid([FieldFault("scheduledAt", "of a call between two attempts is its retries' to say")])
        case .success(let record):
            bell.announce(due: record.call.dueAt)
            return record
        }
    }
}
