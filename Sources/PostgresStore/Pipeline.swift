import StoredRows

/// What members have asked, as it goes out: a question that several of them have goes as one.
struct Pipeline {
    private(set) var statements: [Statement] = []
    /// Where the answers to each are, in the order of what was asked.
    private let places: [[Place]]
    /// Of the questions that several have: the statement that asks it.
    private var asking: [String: Int] = [:]

    private enum Place {
        case statement(Int)
        /// One of several to a question; `share`: which rows, from 1, where not all of them had the same in mind.
        case question(String, share: Int?)
    }

    /// Those who have the same question, by what they ask it of.
    private struct Crowd {
        var values: [StoredValues] = []
        var shares: [StoredValues: Int] = [:]
        var left = 0

        mutating func join(_ values: StoredValues) {
            left += 1
            guard shares[values] == nil else { return }
            self.values.append(values)
            shares[values] = self.values.count
        }
    }

    init(_ asked: [Batch.Asked]) {
        var crowds: [String: Crowd] = [:]
        for asked in asked where asked.waiter != nil {
            for statement in asked.statements {
                if let shared = statement.shared { crowds[shared, default: Crowd()].join(statement.values) }
            }
        }
        crowds = crowds.filter { $0.value.left > 1 }
        var (statements, asking): ([Statement], [String: Int]) = ([], [:])
        places = asked.map { asked in
            asked.statements.map { statement in
                guard asked.waiter != nil, let shared = statement.shared, let crowd = crowds[shared] else {
                    statements.append(statement)
                    return .statement(statements.count - 1)
                }
                let isOne = crowd.values.count == 1
                // Asked where the last of them has come: behind what any of them holds.
                crowds[shared]?.left -= 1
                if crowd.left == 1 {
                    statements.append(isOne ? statement : Insertion.rows(crowd.values, shared))
                    asking[shared] = statements.count - 1
                }
                return .question(shared, share: isOne ? nil : crowd.shares[statement.values])
            }
        }
        (self.statements, self.asking) = (statements, asking)
    }

    /// What each who asked is told, in their order.
    func shared(_ answers: [Result<Rows, StatementFailure>]) -> [[Result<Rows, StatementFailure>]] {
        var shares: [String: [Int: [Int]]] = [:]
        for (shared, statement) in asking {
            guard case .success(let rows) = answers[statement] else { continue }
            shares[shared] = Dictionary(grouping: rows.indices) { rows[$0].lastNumber }
        }
        return places.map { places in
            places.map { place in
                switch place {
                case .statement(let statement): return answers[statement]
                case .question(let shared, share: nil): return answers[asking[shared, default: 0]]
                case .question(let shared, let share?):
                    return answers[asking[shared, default: 0]].map { $0.only(shares[shared]?[share] ?? []) }
                }
            }
        }
    }
}
