package import Foundation
package import JWTKit

/// What one of LiveKit's tokens says; times have whole seconds.
package struct AccessToken: Sendable, Hashable {
    /// `iss`: the name of the API key that signs.
    package var issuer: String
    /// `sub`: the participant; `nil` for a caller of the API.
    package var identity: String?
    /// `iat`.
    package var issuedAt: Date?
    /// `nbf`.
    package var notBefore: Date?
    /// `exp`; LiveKit refuses a token without.
    package var expires: Date?
    package var video: VideoGrant?
    package var sip: SIPGrant?
    /// Base64 of the SHA-256 of a webhook's body.
    package var sha256: String?

    package init(
        issuer: String, identity: String? = nil, issuedAt: Date? = nil, notBefore: Date? = nil, expires: Date? = nil,
        video: VideoGrant? = nil, sip: SIPGrant? = nil, sha256: String? = nil
    ) {
        self.issuer = issuer
        self.identity = identity
        self.issuedAt = issuedAt
        self.notBefore = notBefore
        self.expires = expires
        self.video = video
        self.sip = sip
        self.sha256 = sha256
    }

    /// The least that an RPC needs.
    ///
    /// - Parameter room: the request's room, for the RPCs that look after one.
    package init(
        for rpc: RPC, room: String? = nil, issuer: String, at now: Date, lifetime: Duration
    ) {
        self.init(
            issuer: issuer, notBefore: now,
            expires: now.addingTimeInterval(TimeInterval(lifetime.components.seconds)))
        switch rpc.grant {
        case .roomCreate: video = VideoGrant(roomCreate: true)
        case .roomList: video = VideoGrant(roomList: true)
        case .roomAdmin: video = VideoGrant(roomAdmin: true, room: room)
        case .sipAdmin: sip = SIPGrant(admin: true)
        case .sipCall: sip = SIPGrant(call: true)
        }
    }

    /// Whether the token allows an RPC on a room, by the rules of a self-hosted server.
    package func permits(_ rpc: RPC, room: String? = nil) -> Bool {
        switch rpc.grant {
        case .roomCreate: video?.roomCreate ?? false
        case .roomList: video?.roomList ?? false
        case .roomAdmin: (video?.roomAdmin ?? false) && room != nil && video?.room == room
        case .sipAdmin: sip?.admin ?? false
        case .sipCall: sip?.call ?? false
        }
    }
}

extension AccessToken: JWTPayload {
    enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case identity = "sub"
        case issuedAt = "iat"
        case notBefore = "nbf"
        case expires = "exp"
        case video, sip, sha256
    }

    package init(from decoder: any Decoder) throws {
        let claims = try decoder.container(keyedBy: CodingKeys.self)
        func date(_ key: CodingKeys) throws -> Date? {
            try claims.decodeIfPresent(Double.self, forKey: key).map { Date(timeIntervalSince1970: $0.rounded(.down)) }
        }
        issuer = try claims.decode(String.self, forKey: .issuer)
        identity = try claims.decodeIfPresent(String.self, forKey: .identity)
        issuedAt = try date(.issuedAt)
        notBefore = try date(.notBefore)
        expires = try date(.expires)
        video = try claims.decodeIfPresent(VideoGrant.self, forKey: .video)
        sip = try claims.decodeIfPresent(SIPGrant.self, forKey: .sip)
        sha256 = try claims.decodeIfPresent(String.self, forKey: .sha256)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        for (key, value) in claims() { try container.encode(value, forKey: key) }
    }

    /// What there is to say, in the order in which the official clients say it.
    func claims() -> [(key: CodingKeys, value: any Encodable)] {
        let all: [(CodingKeys, (any Encodable)?)] = [
            (.issuer, issuer), (.identity, identity), (.issuedAt, issuedAt.map(Self.seconds)),
            (.notBefore, notBefore.map(Self.seconds)), (.expires, expires.map(Self.seconds)), (.video, video),
            (.sip, sip),
            (.sha256, sha256),
        ]
        return all.compactMap { key, value in value.map { (key, $0) } }
    }

    /// Whole seconds since 1970; the greatest number for a time beyond 64 bits, which only a stranger's token has.
    private static func seconds(_ date: Date) -> Int64 {
        Int64(exactly: date.timeIntervalSince1970.rounded(.down)) ?? .max
    }

    /// Nothing here: JWTKit has no clock from outside, so `verify(_:keys:now:)` judges the times itself.
    package func verify(using algorithm: some JWTAlgorithm) async throws {}
}
