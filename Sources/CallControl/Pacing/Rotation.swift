import CallCore

/// Who was served when, so that all get their turns.
package struct Rotation: Sendable, Equatable {
    private var turns = 0
    /// Of all organizations, and of those behind each trunk that is limited.
    private var ways: [DialGate: Ways] = [:]
    private var queues: [CallQueue: Int] = [:]

    package init() {}

    /// `weight`: so many turns of the organization count as one of those that weigh 1; `trunk`: the limited one that the call takes.
    package mutating func served(_ queue: CallQueue, weight: Int = 1, through trunk: DialGate? = nil) {
        turns += 1
        for gate in [.server, trunk].compactMap(\.self) {
            ways[gate, default: Ways()].served(queue.organization, weight: weight, turn: turns)
        }
        queues[queue] = turns
        // Who has not had a turn for so long comes first in any case.
        if queues.count > Self.remembered { queues = queues.filter { turns - $0.value < Self.remembered / 2 } }
    }

    static let remembered = 8192

    func ways(at gate: DialGate) -> Ways { ways[gate] ?? Ways() }
    /// The less, the longer ago.
    func lastTurn(of queue: CallQueue) -> Int { queues[queue] ?? 0 }
}

/// How far organizations have come that pass the same gate.
struct Ways: Sendable, Equatable {
    /// Each turn takes an organization on, the less, the more it weighs.
    private struct Standing: Equatable {
        var way: Int
        var turn: Int
    }

    /// Where those stand who wait: the way of whoever was served last, before that.
    private var front = 0
    private var organizations: [OrganizationID: Standing] = [:]

    mutating func served(_ organization: OrganizationID, weight: Int, turn: Int) {
        // Who had nothing to do for a while, or was let through nowhere, has saved up no turns.
        front = max(front, way(of: organization))
        let weight = max(1, weight)
        organizations[organization] = Standing(way: front + (Self.turn + weight - 1) / weight, turn: turn)
        guard organizations.count > Rotation.remembered else { return }
        organizations = organizations.filter { turn - $0.value.turn < Rotation.remembered / 2 }
    }

    /// So long that a remainder, where it is parted by a weight, is nothing.
    private static let turn = 1_000_000_000

    /// Who has come less far is served first.
    func way(of organization: OrganizationID) -> Int { organizations[organization]?.way ?? 0 }
    /// The less, the longer ago.
    func lastTurn(of organization: OrganizationID) -> Int { organizations[organization]?.turn ?? 0 }
}
