import CallCore

/// Counts the dials of two organizations while both have calls due, which nothing holds but gates that both pass.
struct TurnWatch {
    private struct Side {
        let organization: OrganizationID
        let weight: Int
        /// Earliest first.
        let dues: [Moment]
        var dialled = 0
        /// Those of the contest that is on.
        var turns = 0
        /// Those of all contests.
        var allTurns = 0

        func waits(at moment: Moment) -> Bool { dialled < dues.count && dues[dialled] <= moment }
    }

    private var sides: [Side]
    private(set) var widest = 0

    /// A call that is due just now may not have been seen yet.
    private static let notice: Duration = .seconds(1)
    /// Of those that have had their turn, one may be dialled before another: its room was made more quickly.
    private static let overtaking = 4

    /// The calls of each are dialled once, whenever they are due.
    init(_ weights: [(organization: OrganizationID, weight: Int)], _ calls: [Call]) {
        sides = weights.map { organization, weight in
            Side(
                organization: organization, weight: weight,
                dues: calls.filter { $0.organization == organization }.map(\.dueAt).sorted())
        }
    }

    /// What is wrong with it.
    mutating func dialled(_ call: Call, at now: Moment) -> String? {
        guard let place = sides.firstIndex(where: { $0.organization == call.organization }) else { return nil }
        defer { sides[place].dialled += 1 }
        guard sides.allSatisfy({ $0.waits(at: now - Self.notice) }) else {
            for place in sides.indices { sides[place].turns = 0 }
            return nil
        }
        sides[place].turns += 1
        sides[place].allTurns += 1
        let (one, other) = (sides[0], sides[1])
        // Turns by weight are apart by one of each at the most.
        let apart = abs(one.turns * other.weight - other.turns * one.weight)
        widest = max(widest, apart)
        guard apart > one.weight + other.weight + Self.overtaking * max(one.weight, other.weight) else { return nil }
        return """
            at \(now) \(one.organization) has had \(one.turns) turns and \(other.organization) \(other.turns), with weights of \
            \(one.weight) and \(other.weight)
            """
    }

    var isTried: Bool { sides.allSatisfy { $0.allTurns >= 10 } }
    var summary: String {
        sides.map { "\($0.organization) (weight \($0.weight)) \($0.allTurns)" }.joined(separator: " and ")
            + " dials while both had calls due, apart by \(widest) at most"
    }
}
