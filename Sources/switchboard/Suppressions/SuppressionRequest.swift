import Foundation

/// The body of a request to suppress numbers.
struct SuppressionRequest: Sendable {
    /// The server takes no more.
    static let mostNumbers = 1000

    let hangsUp: Bool
    let reason: String?

    func body(_ numbers: [String]) throws -> Data {
        var body: [String: Any] = ["phoneNumbers": numbers, "live": hangsUp ? "hangup" : "leave"]
        body["reason"] = reason
        return try JSONSerialization.data(withJSONObject: body, options: [.sortedKeys, .withoutEscapingSlashes])
    }
}

extension String {
    /// As the server wants a number: a plus and up to fifteen digits, of which the first is no zero.
    var isPhoneNumber: Bool {
        let digits = utf8.dropFirst()
        return utf8.first == UInt8(ascii: "+") && (2...15).contains(digits.count)
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && digits.first != UInt8(ascii: "0")
    }
}
