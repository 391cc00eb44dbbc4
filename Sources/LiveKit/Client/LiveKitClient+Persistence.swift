extension LiveKitClient {
    /// Asks a question that harms nobody when it is asked twice, and does not stake all on one request.
    ///
    /// The first request may take until `limit`, because LiveKit may be slow. Beside it the question is asked anew every `anew`,
    /// for that long each: a LiveKit that was away and is back has forgotten what it was asked before. The first answer counts,
    /// a refusal too; so does the end of the first request.
    ///
    /// - Parameter ask: sends one request that gives up after the time it is handed.
    package func persistently<Answer: Sendable>(
        limit: Duration, anew: Duration = .seconds(1),
        _ ask: @escaping @Sendable (Duration) async throws(LiveKitError) -> Answer
    ) async throws(LiveKitError) -> Answer {
        try await withTaskGroup(of: Result<Answer, LiveKitError>?.self) { group in
            group.addTask { await Self.result { () async throws(LiveKitError) in try await ask(limit) } }
            group.addTask {
                var wait = anew
                while (try? await pause(wait)) != nil {
                    let result = await Self.result { () async throws(LiveKitError) in try await ask(anew) }
                    if result.isAnswer { return result }
                    // Timed out or refused at once, which cannot be told apart here: the next one follows soon.
                    wait = anew / 5
                }
                return nil
            }
            while let finished = await group.next() {
                if let finished {
                    group.cancelAll()
                    return finished
                }
            }
            return .failure(.unreachable("cancelled"))
        }.get()
    }

    private static func result<Answer>(
        _ ask: () async throws(LiveKitError) -> Answer
    ) async -> Result<Answer, LiveKitError> {
        do throws(LiveKitError) {
            return .success(try await ask())
        } catch {
            return .failure(error)
        }
    }
}

extension Result where Failure == LiveKitError {
    /// Whether somebody at the other end said something.
    fileprivate var isAnswer: Bool {
        switch self {
        case .success, .failure(.answered), .failure(.refused): true
        case .failure(.unreachable), .failure(.interrupted), .failure(.malformed): false
        }
    }
}
