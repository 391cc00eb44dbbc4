import NIOConcurrencyHelpers
import NIOCore

/// Whether the server is down: then LiveKit's part closes every connection without a word, those of running requests too.
///
/// Calls go on meanwhile, as a phone network does whose control has gone.
package final class Outage: Sendable {
    private struct State {
        var isDown = false
        /// The connections with a request that is not answered yet.
        var busy: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = NIOLockedValueBox(State())

    package init() {}

    package func set(down: Bool) {
        let broken = state.withLockedValue { state in
            state.isDown = down
            guard down else { return [any Channel]() }
            defer { state.busy = [:] }
            return Array(state.busy.values)
        }
        for connection in broken { connection.close(promise: nil) }
    }

    /// Runs a request; nil, and the end of its connection, while the server is down.
    func admit<Answer>(_ connection: any Channel, _ request: () async throws -> Answer) async rethrows -> Answer? {
        let isDown = state.withLockedValue { state in
            if !state.isDown { state.busy[ObjectIdentifier(connection)] = connection }
            return state.isDown
        }
        guard !isDown else {
            connection.close(promise: nil)
            return nil
        }
        defer { state.withLockedValue { _ = $0.busy.removeValue(forKey: ObjectIdentifier(connection)) } }
        return try await request()
    }
}
