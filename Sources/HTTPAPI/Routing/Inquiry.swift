import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// One request on its way through a route.
struct Inquiry: Sendable {
    let services: APIServices
    let request: Request
    /// What stands in the places of the route's path that are open, already decoded.
    let parameters: [String]
    /// The largest body that the route takes.
    let bodyBytes: Int
    /// Every line carries the request's id.
    let log: Logger
    /// The body, where it had to be read before its route was asked.
    var received: [UInt8]?
    /// What is wrong with the Idempotency-Key.
    var keyFault: Fault?

    /// The query, where it may only have these parameters; a fault of the Idempotency-Key is among its faults.
    func query(_ known: [String] = [], words: Set<String> = []) -> Query {
        var query = Query(request.uri.query, known: known, words: words)
        if let keyFault { query.note(keyFault) }
        return query
    }

    var headers: HTTPFields { request.headers }

    /// Throws when the query has anything in it.
    func refuseQuery() throws(APIError) {
        let query = query()
        guard query.faults.isEmpty else { throw .invalid(query.faults) }
    }
}
