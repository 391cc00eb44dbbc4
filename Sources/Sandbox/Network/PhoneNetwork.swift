import NIOConcurrencyHelpers

/// The network in time: applies requests at this moment's time, wakes at its deadlines, and hands out what it says.
package final class PhoneNetwork: Sendable {
    private struct State {
        var network: Network
        var dials: [Int: CheckedContinuation<DialReply, Never>] = [:]
        var alarm: (id: Int, at: Int64)?
        var isStopped = false
    }

    private let state: NIOLockedValueBox<State>
    private let clock: SandboxClock
    private let tell: @Sendable ([RoomNews]) -> Void

    /// - Parameter tell: hears all news in order; it is called under the network's lock, so it must not call back.
    package init(network: Network, clock: SandboxClock, tell: @escaping @Sendable ([RoomNews]) -> Void) {
        state = NIOLockedValueBox(State(network: network))
        self.clock = clock
        self.tell = tell
    }

    // MARK: Requests

    /// Applies a request now.
    package func perform<Answer>(_ request: (inout Network) throws(Refusal) -> Answer) throws(Refusal) -> Answer {
        try apply { state in
            do throws(Refusal) {
                return Result<Answer, Refusal>.success(try request(&state.network))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// Looks at the network as it is now.
    package func read<Answer>(_ look: (Network) -> Answer) -> Answer {
        apply { look($0.network) }
    }

    /// Dials, and waits for what the dial returns.
    ///
    /// The dial goes on whatever becomes of the caller.
    package func dial(_ request: DialRequest) async -> DialReply {
        await withCheckedContinuation { continuation in
            let refusal = apply { state -> Refusal? in
                guard !state.isStopped else { return .closing }
                do throws(Refusal) {
                    state.dials[try state.network.dial(request)] = continuation
                    return nil
                } catch {
                    return error
                }
            }
            if let refusal { continuation.resume(returning: .refused(refusal)) }
        }
    }

    /// Forgets everything and begins again with these settings.
    package func reset(settings: NetworkSettings) {
        apply { $0.network.reset(settings: settings, now: clock.now) }
    }

    /// Sends away whoever waits for a dial; later dials are refused.
    package func stop() {
        let dials = state.withLockedValue { state in
            state.isStopped = true
            if let alarm = state.alarm { clock.cancel(alarm.id) }
            state.alarm = nil
            defer { state.dials = [:] }
            return state.dials
        }
        for dial in dials.values { dial.resume(returning: .refused(.closing)) }
    }

    /// Runs everything that is due at the clock's time.
    package func catchUp() {
        apply { _ in }
    }

    // MARK: Inside

    private func apply<Answer>(_ change: (inout State) -> Answer) -> Answer {
        let (answer, finished) = state.withLockedValue { state in
            state.network.advance(to: clock.now)
            let answer = change(&state)
            let news = state.network.takeNews()
            if !news.isEmpty { tell(news) }
            let finished = state.network.takeReplies().compactMap { id, reply in
                state.dials.removeValue(forKey: id).map { (dial: $0, reply: reply) }
            }
            setAlarm(&state)
            return (answer, finished)
        }
        for (dial, reply) in finished { dial.resume(returning: reply) }
        return answer
    }

    private func setAlarm(_ state: inout State) {
        let wanted = state.isStopped ? nil : state.network.nextDeadline
        guard state.alarm?.at != wanted else { return }
        if let alarm = state.alarm { clock.cancel(alarm.id) }
        guard let wanted else { return state.alarm = nil }
        let id = clock.alarm(at: wanted) { [weak self] reached in
            guard let self else { return }
            self.state.withLockedValue { if $0.alarm?.at == wanted { $0.alarm = nil } }
            if reached { self.catchUp() }
        }
        state.alarm = (id, wanted)
    }
}
