package import LiveKit
import NIOConcurrencyHelpers
import SwiftProtobuf

/// Sends webhooks as LiveKit does: in order for each room, five tries, and nothing that waited longer than 30 s.
package final class WebhookSender: Sendable {
    /// What a receiver answered; nil stands for a connection that failed.
    package struct Answer: Sendable {
        package var status: Int?
        /// Seconds.
        package var retryAfter: Int64?

        package init(status: Int?, retryAfter: Int64? = nil) {
            self.status = status
            self.retryAfter = retryAfter
        }

        var isDelivered: Bool {
            guard let status else { return false }
            return status < 500 && status != 429 || status == 501
        }
    }

    /// Posts a body with its Authorization header to an address.
    package typealias Post = @Sendable (_ url: String, _ body: [UInt8], _ authorization: String) async -> Answer

    private struct Item: Sendable {
        let news: RoomNews
        let postedAt: Int64
        var delay: Int64 = 0
    }

    private enum Work: Sendable {
        case queue(String)
        case alone(Item)
    }

    private struct State {
        var url: String?
        var isSilent = false
        var faults = WebhookFaults()
        /// The rooms whose queue is being worked on, each with what waits.
        var queues: [String: [Item]] = [:]
        /// Counts the resets: what was taken up before one is not sent after it.
        var era = 0

        /// What waits is not sent any more.
        mutating func forget() {
            era += 1
            for room in queues.keys { queues[room] = [] }
        }
    }

    private static let longestQueue = 200
    private static let longestWait: Int64 = 30_000
    private static let pauses: [Int64] = [1_000, 2_000, 4_000, 8_000]

    private let state: NIOLockedValueBox<State>
    private let clock: SandboxClock
    private let work: AsyncStream<Work>
    private let bell: AsyncStream<Work>.Continuation

    package init(url: String?, clock: SandboxClock) {
        state = NIOLockedValueBox(State(url: url))
        self.clock = clock
        (work, bell) = AsyncStream.makeStream()
    }

    /// Where events go from now on; nil: nowhere.
    package func setURL(_ url: String?) {
        state.withLockedValue { $0.url = url }
    }

    package func setFaults(_ faults: WebhookFaults) {
        state.withLockedValue { $0.faults = faults }
    }

    /// While it is silent nothing is sent, and what happens then is never told: the server is down.
    package func setSilent(_ silent: Bool) {
        state.withLockedValue { state in
            state.isSilent = silent
            if silent { state.forget() }
        }
    }

    /// Forgets what waits, and all faults.
    package func reset() {
        state.withLockedValue { state in
            state.isSilent = false
            state.faults = WebhookFaults()
            state.forget()
        }
    }

    /// Ends `run`.
    package func stop() {
        bell.finish()
    }

    /// How many events wait behind one that is being sent.
    package var waiting: Int { state.withLockedValue { $0.queues.values.reduce(0) { $0 + $1.count } } }

    /// Queues events, in their order.
    package func post(_ news: [RoomNews]) {
        let now = clock.now
        state.withLockedValue { state in
            guard state.url != nil, !state.isSilent else { return }
            for one in news { take(Item(news: one, postedAt: now), &state) }
        }
    }

    private func take(_ item: Item, _ state: inout State) {
        var item = item
        if state.faults.drop.strikes() { return }
        if state.faults.delay.strikes() { item.delay = state.faults.delayLength }
        let copies = state.faults.duplicate.strikes() ? 2 : 1
        if state.faults.reorder.strikes() {
            item.delay += state.faults.reorderLength
            for _ in 0..<copies { bell.yield(.alone(item)) }
            return
        }
        let room = item.news.room.name
        for _ in 0..<copies {
            if let queue = state.queues[room] {
                if queue.count < Self.longestQueue { state.queues[room]?.append(item) }
            } else {
                state.queues[room] = [item]
                bell.yield(.queue(room))
            }
        }
    }

    // MARK: Sending

    /// Sends until `stop` or cancellation.
    package func run(signer: WebhookSigner, post: @escaping Post) async {
        await withDiscardingTaskGroup { group in
            for await work in work {
                group.addTask {
                    switch work {
                    case .queue(let room): await self.drain(room, signer, post)
                    case .alone(let item): await self.deliver(item, era: self.era, signer, post)
                    }
                }
            }
            group.cancelAll()
        }
    }

    private var era: Int { state.withLockedValue { $0.era } }

    private func drain(_ room: String, _ signer: WebhookSigner, _ post: Post) async {
        while !Task.isCancelled {
            let next = state.withLockedValue { state -> (item: Item, era: Int)? in
                guard state.queues[room]?.isEmpty == false, let item = state.queues[room]?.removeFirst() else {
                    state.queues[room] = nil
                    return nil
                }
                return (item, state.era)
            }
            guard let next else { return }
            await deliver(next.item, era: next.era, signer, post)
        }
    }

    private func deliver(_ item: Item, era: Int, _ signer: WebhookSigner, _ post: Post) async {
        guard clock.now - item.postedAt <= Self.longestWait,
            let body = try? item.news.message.jsonUTF8Bytes() as [UInt8],
            let authorization = try? await signer.authorization(for: body)
        else { return }
        var pause = item.delay
        for attempt in 0...Self.pauses.count {
            if pause > 0 {
                do { try await clock.sleep(until: clock.now + pause) } catch { return }
            }
            let (now, url) = state.withLockedValue { ($0.era, $0.url) }
            guard now == era, let url else { return }
            let answer = await post(url, body, authorization)
            if answer.isDelivered || attempt == Self.pauses.count { return }
            pause = answer.retryAfter.map { $0 * 1_000 } ?? Self.pauses[attempt]
        }
    }
}
