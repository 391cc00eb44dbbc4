package import CallControl
import CallCore

/// The calls that a list or an operation wants.
package struct CallSelection: Sendable, Equatable {
    package let query: CallQuery
    /// As a stop's scope has it: the called number only, which is one of these, where a query's `phone` is the called number or the caller id.
    let called: [PhoneNumber]?

    package init(_ query: CallQuery) { self.init(query, called: nil) }

    init(_ query: CallQuery, called: [PhoneNumber]?) {
        self.query = query
        self.called = called
    }
}

extension CallQuery {
    /// It begins behind others, which are to be passed over.
    package var skipsRows: Bool { after == nil && offset > 0 }
}
