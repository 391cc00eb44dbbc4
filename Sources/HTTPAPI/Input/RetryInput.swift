import CallCore

/// The fields that say how a call is retried, in a schedule request or in a batch's `retryConfig`.
enum RetryInput {
    static let fields = [
        "maxRetries", "retryIntervals", "retrySchedule", "retryOnNoAnswer", "retryOnBusy", "retryOnFailed",
    ]

    /// Nil where there is to be no retry, or where something is wrong, which the fields then say.
    ///
    /// Without `maxRetries` there are as many retries as intervals or times are named; without either of these it is
    /// `RetryPlan.defaultInterval` between attempts.
    static func plan(_ fields: inout Fields, at now: Moment) -> RetryPlan? {
        let before = fields.faults.count
        let most = fields.whole("maxRetries", in: RetryPlan.retries)
        let intervals = intervals(&fields)
        let moments = moments(&fields, at: now)
        let onNoAnswer = fields.bool("retryOnNoAnswer") ?? true
        let onBusy = fields.bool("retryOnBusy") ?? true
        let onFailed = fields.bool("retryOnFailed") ?? false
        if intervals != nil, moments != nil {
            fields.note(Fault("retrySchedule", "and retryIntervals cannot be given together"))
        }
        let retries = most ?? intervals?.count ?? moments?.count ?? 0
        guard fields.faults.count == before, retries > 0 else { return nil }
        let times = intervals.map(RetryPlan.Times.after) ?? moments.map(RetryPlan.Times.at)
        return RetryPlan(
            maxRetries: retries, times: times ?? .after([RetryPlan.defaultInterval]), onNoAnswer: onNoAnswer,
            onBusy: onBusy, onFailed: onFailed)
    }

    private static func intervals(_ fields: inout Fields) -> [Duration]? {
        let name = "retryIntervals"
        guard let texts = texts(name, &fields) else { return nil }
        var intervals: [Duration] = []
        for (index, text) in texts.enumerated() {
            guard let interval = Duration(interval: text), RetryPlan.intervals.contains(interval) else {
                return fields.refuse(
                    "\(name)[\(index)]",
                    #"must be 1 minute to 30 days, for example "30 minutes", "2 hours", "1 day", "PT30M" or "P1D""#)
            }
            intervals.append(interval)
        }
        return intervals
    }

    private static func moments(_ fields: inout Fields, at now: Moment) -> [Moment]? {
        let name = "retrySchedule"
        guard let texts = texts(name, &fields) else { return nil }
        var moments: [Moment] = []
        for (index, text) in texts.enumerated() {
            let place = "\(name)[\(index)]"
            guard let moment = Moment(rfc3339: text) else { return fields.refuse(place, Fields.timeRule) }
            guard moment > now else { return fields.refuse(place, "is in the past") }
            guard moment <= now + Fields.horizon else {
                return fields.refuse(place, "is more than five years ahead")
            }
            guard !moments.contains(moment) else { return fields.refuse(place, "is there twice") }
            moments.append(moment)
        }
        return moments.sorted()
    }

    private static func texts(_ name: String, _ fields: inout Fields) -> [String]? {
        guard let texts = fields.strings(name, atMost: RetryPlan.mostTimes) else { return nil }
        guard !texts.isEmpty else { return fields.refuse(name, "must have at least one entry") }
        return texts
    }
}
