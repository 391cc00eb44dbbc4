import Foundation

/// The body of a request for a batch: a frame that is the same for all, and calls that were written before.
struct BatchRequest: Sendable {
    /// The server takes no more of either.
    static let mostCalls = 1000
    static let mostBytes = 7 << 20

    /// A JSON object without calls.
    let frame: Data

    func body(_ calls: [Data]) -> Data {
        var body = Data(capacity: frame.count + 16 + calls.reduce(0) { $0 + $1.count + 1 })
        body.append(frame.dropLast())
        body.append(contentsOf: ",\"calls\":[".utf8)
        for (index, call) in calls.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(call)
        }
        body.append(contentsOf: "]}".utf8)
        return body
    }
}

/// What the server says to a batch.
struct BatchReply: Decodable, Sendable {
    struct Row: Decodable, Sendable {
        struct Refusal: Decodable, Sendable {
            struct Detail: Decodable, Sendable {
                let field: String
                let reason: String
            }

            let message: String
            let details: [Detail]

            /// The sentence, and what it leaves out.
            var text: String {
                ([message] + details.dropFirst().map { "\($0.field) \($0.reason)" }).joined(separator: "; ")
            }
        }

        let index: Int
        let error: Refusal?
    }

    let batchId: String?
    let scheduled: Int
    let failed: Int
    let results: [Row]
}
