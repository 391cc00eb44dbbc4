import Foundation

/// The address of a LiveKit server, ready for HTTP: `ws` became `http`, `wss` became `https`, no slash at the end.
package struct ServerURL: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host, port and path.
    package let description: String

    /// `nil` unless the text is an absolute ws, wss, http or https address with a host, and without user, query or
    /// fragment.
    package init?(_ text: String) {
        guard var parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil
        else { return nil }
        switch parts.scheme?.lowercased() {
        case "http", "ws": parts.scheme = "http"
        case "https", "wss": parts.scheme = "https"
        default: return nil
        }
        while parts.path.hasSuffix("/") { parts.path.removeLast() }
        guard let string = parts.string else { return nil }
        description = string
    }

    func address(of rpc: RPC) -> String { description + rpc.path }
}
