import NIOConcurrencyHelpers

/// Orders to answer the next requests of a method wrongly.
package final class MethodFaults: Sendable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// 503, and nothing happens.
        case unavailable
        /// No answer, and nothing happens.
        case hang
        /// 200, and nothing happens.
        case lie
        /// It happens, and then the answer is 503.
        case late
        /// 401 in plain text, and nothing happens.
        case plain401
        /// It happens, but later.
        case slow
        /// 429 without a word from a callee, and nothing happens: a limit of the server's own.
        case busy
        /// It happens, and then the connection is reset without an answer.
        case reset
        /// It happens, and the answer's body stops in the middle.
        case half
        /// It happens, and the answer is 200 with a body that nobody can read.
        case garbage
    }

    package struct Fault: Sendable, Equatable {
        package var kind: Kind
        /// How often it strikes still.
        package var times: Int
        /// Milliseconds; what it means differs: before `slow` and `unavailable` are carried out, before `late` answers.
        package var delay: Int64

        package init(kind: Kind, times: Int, delay: Int64) {
            self.kind = kind
            self.times = times
            self.delay = delay
        }
    }

    /// Stands for every method that has no order of its own.
    package static let every = "*"

    private let orders = NIOLockedValueBox<[String: [Fault]]>([:])

    package init() {}

    /// Adds an order behind those that the method has already.
    package func add(_ fault: Fault, to method: String) {
        orders.withLockedValue { $0[method, default: []].append(fault) }
    }

    /// Takes back the orders of a method; of all, for `every`.
    package func clear(_ method: String) {
        orders.withLockedValue { orders in
            if method == Self.every { orders = [:] } else { orders[method] = nil }
        }
    }

    package func reset() {
        orders.withLockedValue { $0 = [:] }
    }

    /// What strikes this request, if anything.
    func strike(_ method: String) -> Fault? {
        orders.withLockedValue { orders in
            let struck = orders[method] == nil ? Self.every : method
            guard var waiting = orders[struck], var fault = waiting.first else { return nil }
            fault.times -= 1
            if fault.times > 0 { waiting[0] = fault } else { waiting.removeFirst() }
            orders[struck] = waiting.isEmpty ? nil : waiting
            return fault
        }
    }
}
