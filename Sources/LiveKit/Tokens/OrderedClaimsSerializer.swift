import Foundation
import JWTKit

/// Writes a token's claims in a fixed order.
///
/// Foundation's encoder writes keys in an order that changes from run to run; with a fixed one a token can be compared
/// with what an official client makes of the same claims.
struct OrderedClaimsSerializer: JWTSerializer {
    let jsonEncoder: any JWTJSONEncoder

    init() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        jsonEncoder = encoder
    }

    func serialize(_ payload: some JWTPayload, header: JWTHeader) throws -> Data {
        guard let token = payload as? AccessToken else { return base64URL(try jsonEncoder.encode(payload)) }
        var json = Data("{".utf8)
        for (key, value) in token.claims() {
            json += (json.count > 1 ? ",\"" : "\"").utf8
            json += key.rawValue.utf8
            json += "\":".utf8
            json += try jsonEncoder.encode(value)
        }
        json += "}".utf8
        return base64URL(json)
    }

    private func base64URL(_ data: Data) -> Data {
        Data(
            data.base64EncodedData().compactMap { byte -> UInt8? in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                case UInt8(ascii: "="): nil
                default: byte
                }
            })
    }
}
