import CallControl
import CallCore

// Who may still decide and settle, judged by what was committed before they asked to.
extension Auditor {
    func leased(_ dials: [DialLease]) {
        for lease in dials { change(lease.room.rawValue) { $0.newestFence = max($0.newestFence, lease.fence) } }
    }

    /// Somebody else was given the dial before this proof was shown.
    func isOutdated(_ proof: DialProof?) -> Bool {
        guard let proof, let story = rooms[proof.room.rawValue] else { return false }
        return proof.fence < story.newestFence
    }

    func decided(_ decided: Decided, with proof: DialProof?, wasOutdated: Bool) {
        if let proof, wasOutdated, decided.verdict != .leaseLost {
            fault("G12", "the dial of \(alias(proof.room.rawValue)) is decided about by one who has lost it")
        }
        self.decided(decided)
    }

    /// A decision inside its transaction: an order to hang up makes all looks before it worthless.
    func deciding(_ decision: Decision) {
        guard case .move(_, let effects) = decision else { return }
        for case .hangUp(let room) in effects { change(room.rawValue) { $0.wasLookedAtSince = false } }
    }

    /// A question about one room is on its way to LiveKit.
    func asking(_ request: LiveKitRequest, _ room: String) {
        switch request {
        case .getParticipant, .listRooms: change(room) { $0.wasLookedAtSince = true }
        default: break
        }
    }

    /// Nobody has looked since the last order to hang up: nothing can be verified.
    func mustBeLookedAt(_ room: RoomName) -> Bool { rooms[room.rawValue]?.wasLookedAtSince == false }

    func settled(_ settlement: TerminationSettlement, _ lease: TerminationLease, unseen: Bool) {
        if unseen, settlement == .verified {
            fault("G1", "\(alias(lease.room.rawValue)) is verified by a look that was before a sign of life")
        }
        settled(settlement, lease)
    }
}
