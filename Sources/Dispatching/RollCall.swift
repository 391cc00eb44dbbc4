package import CallControl
import CallCore
package import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle

/// Says every two seconds that this node serves, and counts those that do.
package final class RollCall: Service {
    private let register: any NodeRegister
    private let node: String
    private let livekitAddress: String
    private let clock: any WallClock
    private let log: Logger
    private let counted = NIOLockedValueBox(1)

    private static let interval: Duration = .seconds(2)
    /// Who is silent for this long is not counted any more; a paused node's share goes to the others.
    package static let lease: Duration = .seconds(8)

    package init(
        register: any NodeRegister, node: String, livekitAddress: String, clock: any WallClock, log: Logger
    ) {
        self.register = register
        self.node = node
        self.livekitAddress = livekitAddress
        self.clock = clock
        self.log = log
    }

    /// How many nodes there were when it was last asked; while the store is away, that stands.
    package var nodes: Int { counted.withLockedValue { $0 } }

    /// Announces this node once; throws where the others have gone to another LiveKit meanwhile.
    ///
    /// That can be only while this one was stopped for longer than its lease.
    package func announce() async throws(OthersMoved) {
        let roll: Roll
        do {
            let now = clock.now
            roll = try await register.announce(node, at: now, until: now + Self.lease)
        } catch {
            log.warning("how many nodes serve is not known; it is asked again", metadata: ["why": "\(error)"])
            return
        }
        counted.withLockedValue { $0 = roll.nodes }
        if let address = roll.livekitAddress, address != livekitAddress { throw OthersMoved(address: address) }
    }

    /// Goes on until shut down; then the others are told that they may have this node's share.
    package func run() async throws {
        let outcome = await cancelWhenGracefulShutdown { () async -> Result<Void, OthersMoved> in
            do throws(OthersMoved) {
                while !Task.isCancelled {
                    try await self.announce()
                    try? await self.clock.sleep(until: self.clock.now + Self.interval)
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        let now = clock.now
        // Where that fails, its lease runs out.
        _ = try? await register.announce(node, at: now, until: now)
        try outcome.get()
    }
}

/// The nodes of this store serve with another LiveKit now, where this one's calls are not.
package struct OthersMoved: Error, CustomStringConvertible {
    package let address: String

    package var description: String {
        """
        this node was stopped for so long that others took over, with their phones at \(address): start it anew, with LIVEKIT_URL set \
        to the same
        """
    }
}
