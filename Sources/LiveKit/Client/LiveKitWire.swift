package import SwiftProtobuf

/// How one request gets to LiveKit and its answer back.
///
/// There are two: HTTP, and the one of the simulation, where the network is a value in the same process.
package protocol LiveKitWire: Sendable {
    /// Time that only grows, from any beginning; requests and their repetitions are measured by it.
    var elapsed: Duration { get }

    /// Sends the request once and returns its answer, at most `timeout` later.
    func send<Answer: Message>(
        _ rpc: RPC, _ message: some Message, _ terms: RequestTerms, within timeout: Duration
    ) async throws(LiveKitError) -> Answer
}

/// What one request wants beside its message.
package struct RequestTerms: Sendable {
    /// The room of the request, for RPCs whose token names it.
    package var room: String?
    /// Nil: the client's own.
    var timeout: Duration?
    var retries = RetryPolicy.never
    /// Of the answer's body, in bytes.
    var limit = LiveKitClient.answerLimit
    /// The server gives up after this, if set.
    package var serverDeadline: Duration?
    /// Asked when there is a connection for the request, right before it goes out; false: it stays, and is `unreachable`.
    package var leaving: @Sendable () -> Bool = { true }
}
