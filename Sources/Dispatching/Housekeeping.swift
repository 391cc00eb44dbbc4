package import CallControl
import CallCore
package import Logging
import ServiceLifecycle

/// Throws away what nobody needs any more: answers to requests that are too old to be repeated.
package struct Housekeeping: Service {
    private let answers: any AnswerStore
    private let clock: any WallClock
    private let log: Logger

    private static let interval: Duration = .seconds(3600)
    /// Few enough that others hardly wait for the commit.
    private static let chunk = 500

    package init(answers: any AnswerStore, clock: any WallClock, log: Logger) {
        self.answers = answers
        self.clock = clock
        self.log = log
    }

    /// Tidies up at once and then every hour, until shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await tidy()
                try? await clock.sleep(until: clock.now + Self.interval)
            }
        }
    }

    private func tidy() async {
        do {
            while try await answers.forgetAnswers(expiredAt: clock.now, limit: Self.chunk) == Self.chunk {}
        } catch {
            log.warning("expired answers could not be forgotten; it is tried again", metadata: ["why": "\(error)"])
        }
    }
}
