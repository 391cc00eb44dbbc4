package import CallControl
import CallCore
package import Logging
import NIOConcurrencyHelpers
import ServiceLifecycle

/// Says every two seconds that this node serves, and counts those that do.
package final class RollCall: Service {
    private let register: any NodeRegister
    private let node: String
    private let clock: any WallClock
    private let log: Logger
    private let counted = NIOLockedValueBox(1)

    private static let interval: Duration = .seconds(2)
    /// Who is silent for this long is not counted any more; a paused node's share goes to the others.
    private static let lease: Duration = .seconds(8)

    package init(register: any NodeRegister, node: String, clock: any WallClock, log: Logger) {
        self.register = register
        self.node = node
        self.clock = clock
        self.log = log
    }

    /// How many nodes there were when it was last asked; while the store is away, that stands.
    package var nodes: Int { counted.withLockedValue { $0 } }

    /// Announces this node once: before it serves, so that it begins with no more than its share.
    package func announce() async {
        do {
            let now = clock.now
            let count = try await register.announce(node, at: now, until: now + Self.lease)
            counted.withLockedValue { $0 = count }
        } catch {
            log.warning("how many nodes serve is not known; it is asked again", metadata: ["why": "\(error)"])
        }
    }

    /// Goes on until shut down; then the others are told that they may have this node's share.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.announce()
                try? await self.clock.sleep(until: self.clock.now + Self.interval)
            }
        }
        let now = clock.now
        // Where that fails, its lease runs out.
        _ = try? await register.announce(node, at: now, until: now)
    }
}
