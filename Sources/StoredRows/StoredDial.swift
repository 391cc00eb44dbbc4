package import CallCore

/// How the place of a dial is written down: a number, and the two moments that go with it.
package enum StoredDial {
    package static let columns: Columns = "dial, sent, deadline"

    package static func dial(_ number: Int64, sent: Moment?, deadline: Moment?) -> Dial {
        switch (number, sent, deadline) {
        case (1, let sent?, let deadline?): .out(sent: sent, deadline: deadline)
        case (2, let sent?, let deadline?): .lost(sent: sent, deadline: deadline)
        case (returned, let sent?, _): .returned(sent: sent)
        default: .planned
        }
    }

    package static func dial(_ row: some StoredRow) -> Dial {
        dial(row.number(0), sent: row.moment(1), deadline: row.moment(2))
    }

    package static func number(_ dial: Dial) -> Int64 {
        switch dial {
        case .planned: 0
        case .out: 1
        case .lost: 2
        case .returned: returned
        }
    }

    static let returned: Int64 = 3
}
