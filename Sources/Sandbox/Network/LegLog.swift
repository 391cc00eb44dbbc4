/// Every leg that is alive, and the newest of those that are over, found by number and by room.
package struct LegLog: Sendable {
    private var legs: [Int: Leg] = [:]
    private var byRoom: [String: [Int]] = [:]
    private var byNumber: [String: [Int]] = [:]
    /// In the order of their ends; the head is taken off first.
    private var ended: [Int] = []
    private var endedHead = 0
    private let limit: Int
    private var lastID = 0

    /// - Parameter limit: how many legs are remembered after their end.
    package init(limit: Int) {
        self.limit = limit
    }

    package var liveCount: Int { legs.count - (ended.count - endedHead) }

    package var count: Int { legs.count }

    mutating func nextID() -> Int {
        lastID += 1
        return lastID
    }

    /// Numbers are not given twice, also after everything was forgotten.
    mutating func startCounting(after other: LegLog) {
        lastID = other.lastID
    }

    package subscript(id: Int) -> Leg? { legs[id] }

    mutating func insert(_ leg: Leg) {
        legs[leg.id] = leg
        byRoom[leg.dial.roomName, default: []].append(leg.id)
        byNumber[leg.dial.number, default: []].append(leg.id)
    }

    /// Changes a leg in its place.
    mutating func update(_ id: Int, _ change: (inout Leg) -> Void) {
        guard var leg = legs[id] else { return }
        let wasOver = leg.stage == .over
        change(&leg)
        legs[id] = leg
        if !wasOver, leg.stage == .over { remember(id) }
    }

    /// The legs of a number, of a room, of both, or all; in the order of their dials.
    package func find(number: String? = nil, room: String? = nil) -> [Leg] {
        let ids: [Int]
        if let room {
            ids = byRoom[room] ?? []
        } else if let number {
            ids = byNumber[number] ?? []
        } else {
            ids = legs.keys.sorted()
        }
        return ids.compactMap { legs[$0] }.filter { number == nil || $0.dial.number == number }
    }

    private mutating func remember(_ id: Int) {
        ended.append(id)
        guard ended.count - endedHead > limit else { return }
        forget(ended[endedHead])
        endedHead += 1
        if endedHead > limit {
            ended.removeFirst(endedHead)
            endedHead = 0
        }
    }

    private mutating func forget(_ id: Int) {
        guard let leg = legs.removeValue(forKey: id) else { return }
        Self.remove(id, of: leg.dial.roomName, from: &byRoom)
        Self.remove(id, of: leg.dial.number, from: &byNumber)
    }

    private static func remove(_ id: Int, of key: String, from index: inout [String: [Int]]) {
        guard let ids = index[key] else { return }
        if ids.count == 1 {
            index[key] = nil
        } else if let place = ids.firstIndex(of: id) {
            index[key]?.remove(at: place)
        }
    }
}
