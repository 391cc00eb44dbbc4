package import CallCore

/// The numbers of the phases, in the order in which a call goes through them.
///
/// Indexes and statements know them: 0 waits, 1 to 4 have an attempt under way, 5 is over.
package enum StoredPhase {
    package static let waiting: Int64 = 0
    package static let placing: Int64 = 1
    package static let ended: Int64 = 5

    package static func number(_ phase: Phase) -> Int64 {
        switch phase {
        case .waiting: waiting
        case .placing: placing
        case .dialling: 2
        case .ringing: 3
        case .active: 4
        case .ended: ended
        }
    }

    /// The phase of this number with its attempt; nil for one that has none.
    static func live(_ number: Int64) -> ((Attempt) -> Phase)? {
        switch number {
        case placing: Phase.placing
        case 2: Phase.dialling
        case 3: Phase.ringing
        case 4: Phase.active
        default: nil
        }
    }
}
