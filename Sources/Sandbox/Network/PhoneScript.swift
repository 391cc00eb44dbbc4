/// What the phone behind a number does once it is called.
///
/// All times are milliseconds.
package struct PhoneScript: Sendable, Equatable {
    /// How the phone takes being called.
    package enum Reaction: Sendable, Equatable {
        /// Answers this long after the INVITE or, where it rings first, after the ringing began.
        case answers(after: Int64)
        /// Sends this final status instead.
        case refuses(SIPOutcome, after: Int64)
        /// Goes on for ever.
        case neverAnswers
    }

    /// What becomes of a CANCEL.
    package enum CancelHabit: Sendable, Equatable {
        case obeys
        /// The CANCEL is lost on the way: the phone rings on to its own limit.
        case hearsNothing
        /// Its 200 OK crosses the CANCEL.
        case answersAtThatMoment
    }

    package var rings = true
    package var reaction = Reaction.answers(after: 300)
    package var hangsUpAfter: Int64?
    package var onCancel = CancelHabit.obeys
    /// After this long a ringing phone gives up by itself.
    package var ringLimit: Int64?
    /// From the join until the INVITE leaves.
    package var inviteDelay: Int64 = 5
    /// The agent deletes the room this long after the answer.
    package var agentHangsUpAfter: Int64?

    package init() {}

    /// The script of a number as documented; every number that is not documented talks for a length of its own.
    package init(number: String) {
        switch Self.digits(number) {
        case "15005550001", "15005550011": break
        case "15005550002": hangsUpAfter = 2_000
        case "15005550003": reaction = .neverAnswers
        case "15005550004":
            rings = false
            reaction = .refuses(.busy, after: 100)
        case "15005550005": reaction = .refuses(.declined, after: 300)
        case "15005550006":
            rings = false
            reaction = .refuses(.trunkFailure, after: 50)
        case "15005550007":
            rings = false
            reaction = .refuses(.noSuchNumber, after: 50)
        case "15005550008":
            reaction = .neverAnswers
            onCancel = .hearsNothing
            ringLimit = 20_000
        case "15005550009":
            reaction = .neverAnswers
            onCancel = .answersAtThatMoment
        case "15005550010":
            rings = false
            reaction = .answers(after: 5)
            hangsUpAfter = 10_000
        case "15005550012": agentHangsUpAfter = 2_000
        case "15005550013": inviteDelay = 3_000
        default:
            reaction = .answers(after: 1_000)
            hangsUpAfter = Self.drawnLength(number)
        }
    }

    /// The number whose agent never joins, as it stands in a dispatch's metadata.
    static func keepsAgentAway(_ number: String) -> Bool { digits(number) == "15005550011" }

    private static func digits(_ number: String) -> String {
        number.hasPrefix("+") ? String(number.dropFirst()) : number
    }

    /// 5 to 60 seconds, always the same for the same number (FNV-1a over its bytes, then mixed).
    private static func drawnLength(_ number: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in digits(number).utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        var chance = SeededChance(seed: hash)
        return 5_000 + Int64(chance.next() % 55_001)
    }
}
