import CallCore

/// Who was served when, so that all get their turns.
package struct Rotation: Sendable, Equatable {
    /// How far an organization has come: each of its turns takes it on, the less, the more it weighs.
    private struct Standing: Equatable {
        var way: Int
        var turn: Int
    }

    private var turns = 0
    /// Where those stand who wait: the way of whoever was served last, before that.
    private var front = 0
    private var organizations: [OrganizationID: Standing] = [:]
    private var queues: [CallQueue: Int] = [:]

    package init() {}

    /// `weight`: so many turns of the organization count as one of those that weigh 1.
    package mutating func served(_ queue: CallQueue, weight: Int = 1) {
        turns += 1
        // Who had nothing to do for a while, or was let through nowhere, has saved up no turns.
        front = max(front, way(of: queue.organization))
        let weight = max(1, weight)
        organizations[queue.organization] = Standing(way: front + (Self.turn + weight - 1) / weight, turn: turns)
        queues[queue] = turns
        // Who has not had a turn for so long comes first in any case.
        if queues.count > Self.remembered { queues = queues.filter { turns - $0.value < Self.remembered / 2 } }
        if organizations.count > Self.remembered {
            organizations = organizations.filter { turns - $0.value.turn < Self.remembered / 2 }
        }
    }

    private static let remembered = 8192
    /// So long that a remainder, where it is parted by a weight, is nothing.
    private static let turn = 1_000_000_000

    /// Who has come less far is served first.
    func way(of organization: OrganizationID) -> Int { organizations[organization]?.way ?? 0 }
    /// The less, the longer ago.
    func lastTurn(of organization: OrganizationID) -> Int { organizations[organization]?.turn ?? 0 }
    func lastTurn(of queue: CallQueue) -> Int { queues[queue] ?? 0 }
}
