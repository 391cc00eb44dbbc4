package import CallCore

/// How a plan of retries is written down: `3 on no_answer,busy after 1800,7200`, in seconds, or `… at` moments.
///
/// Durations may be broken (`0.25`): tests on a clock of their own have short ones.
package enum StoredRetry {
    package static func text(_ plan: RetryPlan) -> String {
        let reasons = [
            plan.onNoAnswer ? CallStatus.noAnswer : nil, plan.onBusy ? .busy : nil, plan.onFailed ? .failed : nil,
        ].compactMap { $0?.rawValue }.joined(separator: ",")
        let (word, times) =
            switch plan.times {
            case .after(let intervals): ("after", intervals.map { Self.seconds($0.milliseconds) })
            case .at(let moments): ("at", moments.map { "\($0.milliseconds)" })
            }
        return "\(plan.maxRetries) on \(reasons) \(word) \(times.joined(separator: ","))"
    }

    package static func plan(_ text: String) throws -> RetryPlan {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 5, let retries = Int(words[0]), words[1] == "on" else { throw Corrupt("retries: \(text)") }
        let reasons = Set(words[2].split(separator: ",").map(String.init))
        let list = words[4].split(separator: ",")
        let times: RetryPlan.Times
        switch words[3] {
        case "after": times = .after(try list.map { .milliseconds(try milliseconds($0, of: text)) })
        case "at":
            times = .at(
                try list.map { word in
                    guard let moment = Int64(word) else { throw Corrupt("retries: \(text)") }
                    return Moment(milliseconds: moment)
                })
        default: throw Corrupt("retries: \(text)")
        }
        return RetryPlan(
            maxRetries: retries, times: times, onNoAnswer: reasons.contains(CallStatus.noAnswer.rawValue),
            onBusy: reasons.contains(CallStatus.busy.rawValue), onFailed: reasons.contains(CallStatus.failed.rawValue))
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return rest == 0 ? "\(whole)" : "\(whole)." + "\(1000 + rest)".dropFirst()
    }

    private static func milliseconds(_ word: Substring, of text: String) throws -> Int64 {
        let parts = word.split(separator: ".")
        guard let whole = parts.first.flatMap({ Int64($0) }), parts.count <= 2 else {
            throw Corrupt("retries: \(text)")
        }
        guard parts.count == 2 else { return whole * 1000 }
        guard parts[1].count == 3, let rest = Int64(parts[1]) else { throw Corrupt("retries: \(text)") }
        return whole * 1000 + rest
    }
}
