import CallControl
import CallCore
import NIOConcurrencyHelpers

/// What was heard of and is to be looked at; each once, however often it was heard of.
final class Docket<Item: Hashable & Sendable>: Sendable {
    private let bell = Bell()
    private let items = NIOLockedValueBox<Set<Item>>([])

    func add(_ item: Item) {
        items.withLockedValue { _ = $0.insert(item) }
        bell.ring()
    }

    /// Looks at all that is there; false: there is nothing.
    func clear(_ look: (Item) async -> Void) async -> Bool {
        let items = items.withLockedValue { items in
            defer { items = [] }
            return items
        }
        for item in items { await look(item) }
        return !items.isEmpty
    }

    /// Until cancelled, with a pause of `interval` behind each look.
    func clear(every interval: Duration, clock: any WallClock, _ look: (Item) async -> Void) async {
        while !Task.isCancelled {
            if await clear(look) {
                try? await clock.sleep(until: clock.now + interval)
            } else {
                await bell.wait(until: nil, clock: clock)
            }
        }
    }
}
