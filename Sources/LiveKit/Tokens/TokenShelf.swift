import Foundation
import NIOConcurrencyHelpers

/// Tokens that name no room, kept for some seconds.
///
/// Signing one takes longer than everything else that we do for a request, and they stand between a call's due time and its room, and
/// between a cancel and its DeleteRoom. What names a room is signed anew each time.
final class TokenShelf: Sendable {
    private struct Kind: Hashable {
        let grant: RPC.Grant
        /// In whole seconds.
        let lifetime: Int64
    }

    private struct Kept {
        let token: String
        let signedAt: Date
    }

    /// In seconds: little beside the minute that every token is valid for longer than its request may take.
    static let keptFor: TimeInterval = 5

    private let kept = NIOLockedValueBox([Kind: Kept]())

    /// The least that the RPC needs, signed now or a moment ago.
    func token(
        for rpc: RPC, room: String?, by key: APIKey, at now: Date, lifetime: Duration
    ) async throws(AccessTokenError) -> String {
        let token = AccessToken(for: rpc, room: room, issuer: key.name, at: now, lifetime: lifetime)
        guard rpc.grant != .roomAdmin else { return try await token.signed(by: key) }
        let kind = Kind(grant: rpc.grant, lifetime: lifetime.components.seconds)
        // A clock that was set back makes a new one, too: what begins in the future is not valid yet.
        if let kept = kept.withLockedValue({ $0[kind] }), now >= kept.signedAt,
            now < kept.signedAt.addingTimeInterval(Self.keptFor)
        {
            return kept.token
        }
        let text = try await token.signed(by: key)
        kept.withLockedValue { $0[kind] = Kept(token: text, signedAt: now) }
        return text
    }
}
