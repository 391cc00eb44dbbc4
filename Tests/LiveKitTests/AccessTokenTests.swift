import Foundation
import LiveKit
import Testing

@Suite("Access tokens") struct AccessTokenTests {
    /// Made by PyJWT with the secret `secret`.
    static let golden =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDYwMCwi"
        + "dmlkZW8iOnsicm9vbUNyZWF0ZSI6dHJ1ZX19.R8gGv-K6csk403mRz36b33NvcPp0b75zNHGggqmZxGM"
    static let claims = AccessToken(
        issuer: "devkey", notBefore: moment, expires: moment + 600, video: VideoGrant(roomCreate: true))

    @Test("the same claims give the same token as the official clients, byte for byte")
    func signing() async throws {
        #expect(try await Self.claims.signed(by: devKey()) == Self.golden)
    }

    @Test("an official client's token is verified and read")
    func verifying() async throws {
        let token = try await AccessToken.verify(Self.golden, keys: APIKeys([devKey()]), now: moment)
        #expect(token == Self.claims)
    }

    @Test("every claim survives signing and reading")
    func roundTrip() async throws {
        let token = AccessToken(
            issuer: "devkey", identity: "a/b \"ü\"", issuedAt: moment, notBefore: moment, expires: moment + 1,
            video: VideoGrant(
                roomCreate: true, roomList: true, roomAdmin: true, roomJoin: true, roomRecord: true, agent: true,
                room: "r"),
            sip: SIPGrant(admin: true, call: true), sha256: "a+/=")
        let text = try await token.signed(by: devKey())
        #expect(try await AccessToken.verify(text, keys: APIKeys([devKey()]), now: moment) == token)
    }

    @Test("a secret of any length signs and verifies", arguments: [1, 31, 32, 33, 64, 65, 200])
    func secrets(length: Int) async throws {
        let key = await APIKey("devkey", secret: String(repeating: "s", count: length))
        let text = try await Self.claims.signed(by: key)
        #expect(try await AccessToken.verify(text, keys: APIKeys([key]), now: moment) == Self.claims)
        let longer = await APIKey("devkey", secret: String(repeating: "s", count: length + 1))
        await #expect(throws: AccessTokenError.badSignature) {
            try await AccessToken.verify(text, keys: APIKeys([longer]), now: moment)
        }
    }

    static let ages: [(offset: TimeInterval, refusal: AccessTokenError?)] = [
        (-61, .notYetValid), (-60, nil), (0, nil), (659, nil), (660, .expired),
    ]

    @Test("a token is good from a minute before its time to a minute after it", arguments: ages)
    func times(offset: TimeInterval, refusal: AccessTokenError?) async throws {
        let keys = await APIKeys([devKey()])
        let verified: Result<AccessToken, AccessTokenError>
        do {
            verified = .success(try await AccessToken.verify(Self.golden, keys: keys, now: moment + offset))
        } catch {
            verified = .failure(error)
        }
        #expect(verified == (refusal.map { .failure($0) } ?? .success(Self.claims)))
    }

    static let parts = golden.split(separator: ".").map(String.init)

    /// The golden token with another part of it.
    static func altered(header: String? = nil, claims: String? = nil, signature: String? = nil) -> String {
        [header?.base64URL ?? parts[0], claims?.base64URL ?? parts[1], signature ?? parts[2]].joined(separator: ".")
    }

    static let forgeries: [(token: String, refusal: AccessTokenError)] = [
        ("", .malformed),
        ("a.b", .malformed),
        ("a.b.c", .malformed),
        (golden + ".x", .malformed),
        (altered(claims: #"{"exp":1800000000}"#), .malformed),
        (altered(header: #"{"alg":"none"}"#, signature: ""), .wrongAlgorithm),
        (altered(header: #"{"alg":"none"}"#), .wrongAlgorithm),
        (altered(header: #"{"alg":"HS512","typ":"JWT"}"#), .wrongAlgorithm),
        (altered(header: #"{"typ":"JWT"}"#), .wrongAlgorithm),
        (altered(claims: #"{"iss":"other","exp":1800000000}"#), .unknownKey("other")),
        (altered(claims: #"{"iss":"devkey","exp":1800000000}"#), .badSignature),
        (altered(signature: ""), .badSignature),
        (altered(signature: "S" + parts[2].dropFirst()), .badSignature),
    ]

    @Test("a token that is not what it claims to be is refused", arguments: forgeries)
    func forged(token: String, refusal: AccessTokenError) async {
        await #expect(throws: refusal) {
            try await AccessToken.verify(token, keys: APIKeys([devKey()]), now: moment)
        }
    }

    @Test("a token that never expires is refused")
    func withoutEnd() async throws {
        let text = try await AccessToken(issuer: "devkey", notBefore: moment).signed(by: devKey())
        await #expect(throws: AccessTokenError.neverExpires) {
            try await AccessToken.verify(text, keys: APIKeys([devKey()]), now: moment)
        }
    }

    @Test("times beyond all reason do no harm", arguments: ["1e300", "-1e300", "9223372036854775808"])
    func absurdTimes(exp: String) async throws {
        let token = Self.altered(claims: #"{"iss":"devkey","exp":\#(exp)}"#)
        await #expect(throws: AccessTokenError.badSignature) {
            try await AccessToken.verify(token, keys: APIKeys([devKey()]), now: moment)
        }
    }

    @Test("of two keys the one that the token names is asked")
    func keyByName() async throws {
        let other = await APIKey("other", secret: "another secret")
        let keys = APIKeys([await devKey(), other])
        var claims = Self.claims
        claims.issuer = "other"
        #expect(try await AccessToken.verify(claims.signed(by: other), keys: keys, now: moment) == claims)
        let text = try await claims.signed(by: devKey())
        await #expect(throws: AccessTokenError.badSignature) {
            try await AccessToken.verify(text, keys: keys, now: moment)
        }
    }

    @Test("a token made for an RPC permits just the RPCs with that grant", arguments: RPC.allCases)
    func leastGrants(rpc: RPC) {
        let token = AccessToken(for: rpc, room: "a", issuer: "devkey", at: moment, lifetime: .seconds(1))
        let permitted = RPC.allCases.filter { token.permits($0, room: "a") }
        #expect(permitted == RPC.allCases.filter { $0.grant == rpc.grant })
        #expect(token.permits(rpc, room: "b") == (rpc.grant != .roomAdmin))
        #expect(token.permits(rpc, room: nil) == (rpc.grant != .roomAdmin))
        #expect(token.expires == moment + 1)
    }

    @Test("a room's path is found by what comes in, and no other", arguments: RPC.allCases)
    func paths(rpc: RPC) {
        #expect(RPC(path: rpc.path) == rpc)
        #expect(RPC(path: rpc.path + "/") == nil)
        #expect(RPC(path: "/twirp/" + rpc.rawValue) == nil)
    }
}
