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
    /// Every line carries the request's id.
    let log: Logger

    /// The query, where it may only have these parameters.
    func query(_ known: [String] = [], words: Set<String> = []) -> Query {
        Query(request.uri.query, known: known, words: words)
    }

    var headers: HTTPFields { request.headers }

    /// Throws when the query has anything in it.
    func refuseQuery() throws(APIError) {
        let query = query()
        guard query.faults.isEmpty else { throw .invalid(query.faults) }
    }

    /// The fault of an Idempotency-Key on a POST: a client that sends one relies on it when it repeats, and a repeated POST would
    /// ring a person twice.
    var idempotencyFaults: [Fault] {
        guard let name = HTTPField.Name("Idempotency-Key"), request.headers[name] != nil else { return [] }
        return [.notYet("Idempotency-Key")]
    }
}
