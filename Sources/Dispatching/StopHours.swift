package import CallControl
import CallCore
package import Logging
import ServiceLifecycle

/// Releases stops whose time is over.
///
/// It has no interval but where other nodes set stops too: it sleeps until the first one's time, or the bell.
package struct StopHours: Service {
    private let stops: Stops
    private let store: any StopStore
    /// Rung when a stop was set that ends by itself.
    private let bell: Bell
    private let clock: any WallClock
    /// Where other nodes may leave one behind; nil: the bell tells of everything.
    private let lookAgainEvery: Duration?
    private let log: Logger

    private static let chunk = 50

    package init(
        store: any StopStore, stops: Stops, bell: Bell, clock: any WallClock, lookAgainEvery: Duration?, log: Logger
    ) {
        self.stops = stops
        self.store = store
        self.bell = bell
        self.clock = clock
        self.lookAgainEvery = lookAgainEvery
        self.log = log
    }

    /// Runs until shut down.
    package func run() async throws { await cancelWhenGracefulShutdown { await runUntilCancelled() } }

    /// As `run`, for those who end it by cancellation alone.
    package func runUntilCancelled() async {
        while !Task.isCancelled {
            let next: Moment?
            do throws(StoreFailure) {
                next = try await releaseThoseWhoseTimeIsOver()
            } catch {
                log.warning("the store is away; stops are released when it is back", metadata: ["why": "\(error)"])
                next = clock.now + .milliseconds(500)
            }
            if let next, next <= clock.now { continue }
            await bell.wait(
                until: [next, lookAgainEvery.map { clock.now + $0 }].compactMap(\.self).min(), clock: clock)
        }
    }

    /// When the next one's time is over; nil: none has one.
    private func releaseThoseWhoseTimeIsOver() async throws(StoreFailure) -> Moment? {
        let now = clock.now
        let timed = try await store.timedStops(limit: Self.chunk)
        for stop in timed {
            guard let until = stop.until, until <= now else { return stop.until }
            do throws(ControlError) {
                _ = try await stops.release(
                    stop.id, reason: "its time is over", by: .server(for: stop.organization))
                log.info("a stop is released: its time is over", metadata: ["stop": "\(stop.id)"])
            } catch .wasReleased {
                continue
            } catch {
                throw .unavailable("\(stop.id) could not be released: \(error)")
            }
        }
        return timed.count == Self.chunk ? now : nil
    }
}
