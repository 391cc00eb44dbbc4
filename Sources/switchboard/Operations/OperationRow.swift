/// An operation over many calls, as the API shows it.
struct OperationRow: Decodable, Sendable, Equatable {
    let operationId: String?
    let matched: Int
    let cancelled: Int
    let notCancellable: Int
    let terminationsPending: Int
    let terminationsVerified: Int
    let done: Bool

    /// Every call was come to, and every phone is known to be silent.
    var isSilent: Bool { done && terminationsPending == 0 }
}
