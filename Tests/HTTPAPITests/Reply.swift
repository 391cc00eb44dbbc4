import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// An answer of the API, with its body read by somebody else's JSON reader.
struct Reply: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        text = String(buffer: response.body)
    }

    subscript(header name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    var json: JSON { JSON(try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])) }
    var data: JSON { json["data"] }
    var message: String? { json["error"]["message"].string }
    var faults: [String] { json["error"]["details"].array.compactMap { $0["field"].string } }

    /// Whether the body is the one error shape, with this answer's own status in it.
    var isErrorShape: Bool {
        guard let error = json["error"].value as? [String: Any], json.names == ["error"] else { return false }
        return error["message"] is String && error["code"] as? Int == status
            && Set(error.keys).isSubset(of: ["message", "code", "details"])
    }
}

/// A JSON value that tests can walk through.
struct JSON {
    let value: Any?
    init(_ value: Any?) { self.value = value }

    subscript(name: String) -> JSON { JSON((value as? [String: Any])?[name]) }
    subscript(index: Int) -> JSON { JSON(array.indices.contains(index) ? array[index].value : nil) }
    var string: String? { value as? String }
    var int: Int? { value as? Int }
    var bool: Bool? { value as? Bool }
    var isNull: Bool { value is NSNull }
    var exists: Bool { value != nil }
    var array: [JSON] { (value as? [Any])?.map { JSON($0) } ?? [] }
    var names: [String] { (value as? [String: Any])?.keys.sorted() ?? [] }
}
