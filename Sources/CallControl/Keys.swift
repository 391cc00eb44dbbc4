package import CallCore
import Crypto

/// What may be asked about API keys: authentication first of all.
package struct Keys: Sendable {
    let store: any KeyStore
    let clock: any WallClock
    let identifiers: Identifiers

    package init(store: any KeyStore, clock: any WallClock, identifiers: Identifiers = Identifiers()) {
        self.store = store
        self.clock = clock
        self.identifiers = identifiers
    }

    /// The caller behind a secret, or nil: none, unknown, revoked and expired look alike from outside.
    ///
    /// The store is asked every time, so that a revocation holds at the next request, whoever made it. It finds the key by the SHA-256 of
    /// the secret: no comparison of secrets takes place whose time could tell something.
    package func authenticate(_ secret: some StringProtocol) async throws(ControlError) -> Caller? {
        guard Self.hasValidForm(secret) else { return nil }
        let key: APIKey?
        do {
            key = try await store.key(digest: Self.digest(secret))
        } catch {
            throw ControlError(error)
        }
        guard let key, key.isValid(at: clock.now) else { return nil }
        return Caller(key)
    }

    /// Makes a key.
    ///
    /// Its secret is in the answer and nowhere else.
    package func create(
        name: String, role: APIKey.Role, expiresAt: Moment?, by caller: Caller
    ) async throws(ControlError) -> (key: APIKey, secret: String) {
        let now = clock.now
        let body = identifiers.base62(32)
        let secret = "sb_" + body + Self.checksum(body)
        let key = APIKey(
            id: identifiers.key(at: now), organization: caller.organization, name: name, role: role, createdAt: now,
            expiresAt: expiresAt)
        do {
            try await store.insert(key, digest: Self.digest(secret), for: caller)
        } catch {
            throw ControlError(error)
        }
        return (key, secret)
    }

    package func list(of organization: OrganizationID) async throws(ControlError) -> [APIKey] {
        do {
            return try await store.keys(of: organization)
        } catch {
            throw ControlError(error)
        }
    }

    /// Revokes a key of the caller's organization; it is refused from the next request on.
    package func revoke(_ id: KeyID, by caller: Caller) async throws(ControlError) -> APIKey {
        do {
            guard let key = try await store.key(id) else { throw ControlError.notFound }
            guard key.organization == caller.organization else { throw ControlError.belongsToAnotherOrganization }
            guard let revoked = try await store.revoke(id, for: caller, at: clock.now) else {
                throw ControlError.notFound
            }
            return revoked
        } catch let error as StoreFailure {
            throw ControlError(error)
        } catch let error as ControlError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    static func digest(_ secret: some StringProtocol) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }

    /// `sb_`, 32 characters of base62 and the checksum of these: a misspelt or cut key is refused without asking the store.
    package static func hasValidForm(_ secret: some StringProtocol) -> Bool {
        let bytes = Array(secret.utf8.prefix(42))
        guard bytes.count == 41, bytes.starts(with: "sb_".utf8) else { return false }
        let body = String(decoding: bytes[3..<35], as: UTF8.self)
        return String(decoding: bytes[35...], as: UTF8.self) == checksum(body)
    }

    /// The CRC-32 of the body in six characters of base62, the most significant first.
    static func checksum(_ body: String) -> String {
        var crc: UInt32 = .max
        for byte in body.utf8 {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        var rest = ~crc
        var characters: [UInt8] = []
        for _ in 0..<6 {
            characters.append(Identifiers.alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: characters.reversed(), as: UTF8.self)
    }
}
