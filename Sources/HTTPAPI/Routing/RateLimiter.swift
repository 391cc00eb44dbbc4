import CallControl
import CallCore
import HTTPTypes
import NIOConcurrencyHelpers

/// A token bucket for each key: `rate` requests a second for ever, `burst` at once after a rest.
///
/// Where several nodes serve, each gives out its share: no request has to ask the others.
final class RateLimiter: Sendable {
    struct Verdict: Sendable, Equatable {
        let allowed: Bool
        /// Whole requests that are left at once.
        let remaining: Int
        /// Seconds until the bucket is full again.
        let reset: Int
        /// Seconds until the next request is allowed.
        let retryAfter: Int
    }

    private struct Bucket {
        var tokens: Double
        var at: Moment
    }

    let rate: Double
    let burst: Int
    private let capacity: Int
    private let buckets = NIOLockedValueBox<[KeyID: Bucket]>([:])

    /// `capacity` bounds the memory: when more keys than this are in use, those that have rested longest are forgotten.
    init?(rate: Double, burst: Int, capacity: Int = 10_000) {
        guard rate > 0 else { return nil }
        self.rate = rate
        self.burst = max(1, burst)
        self.capacity = capacity
    }

    /// Takes one token, or only looks where the request is never limited; `nodes` share the rate.
    func ask(_ key: KeyID, at now: Moment, takes: Bool, among nodes: Int = 1) -> Verdict {
        let rate = rate / Double(max(1, nodes))
        let burst = max(1, burst / max(1, nodes))
        let tokens: (left: Double, allowed: Bool) = buckets.withLockedValue { buckets in
            var bucket = buckets[key] ?? Bucket(tokens: Double(burst), at: now)
            // A clock that was set back gives nothing and takes nothing.
            let seconds = Double(max(0, now.since(bucket.at).milliseconds)) / 1000
            bucket.tokens = min(Double(burst), bucket.tokens + seconds * rate)
            bucket.at = now
            let allowed = !takes || bucket.tokens >= 1
            if takes, allowed { bucket.tokens -= 1 }
            if buckets[key] == nil, buckets.count >= capacity { Self.forget(&buckets, half: capacity / 2) }
            buckets[key] = bucket
            return (bucket.tokens, allowed)
        }
        return Verdict(
            allowed: tokens.allowed, remaining: Int(tokens.left),
            reset: Int(((Double(burst) - tokens.left) / rate).rounded(.up)),
            retryAfter: max(1, Int(((1 - tokens.left) / rate).rounded(.up))))
    }

    /// The two header fields of draft-ietf-httpapi-ratelimit-headers: the policy over all nodes, and what is left at this one.
    func fields(_ verdict: Verdict) -> [(HTTPField.Name, String)] {
        let window = max(1, Int((Double(burst) / rate).rounded(.up)))
        guard let policy = HTTPField.Name("RateLimit-Policy"), let limit = HTTPField.Name("RateLimit") else {
            return []
        }
        return [
            (policy, "\"key\";q=\(burst);w=\(window)"),
            (limit, "\"key\";r=\(verdict.remaining);t=\(verdict.reset)"),
        ]
    }

    private static func forget(_ buckets: inout [KeyID: Bucket], half: Int) {
        let kept = buckets.sorted { $0.value.at > $1.value.at }.prefix(half)
        buckets = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}
