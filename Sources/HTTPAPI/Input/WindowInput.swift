import CallCore

/// The fields of a request that speak of a clock on somebody's wall.
///
/// `timezone` is the place of all of them that name no other. `callMetadata` may have a daily window besides, in words of its own.
enum WindowInput {
    static let fields = ["timezone", "localScheduleTime", "targetLocalTime", "callWindow"]
    private static let windowFields = ["days", "start", "end", "timezone"]

    private static let placeRule = "must be the name of a time zone, for example Europe/Berlin"
    private static let timeRule = #"must be a time of day, "HH:MM", from 00:00 to 23:59"#
    private static let endRule = #"must be a time of day, "HH:MM", from 00:01 to 24:00"#
    private static let missingPlace = "needs a timezone, here or beside it"
    private static let missingOwnPlace = "needs a timezone"

    /// The windows, all of which must be open for a dial.
    ///
    /// `default`: a batch's, for those that name none themselves.
    static func windows(_ fields: inout Fields, place: Zone?, default: CallWindow? = nil) -> [CallWindow] {
        let own = fields.isMissing("callWindow") ? `default` : window(&fields, place)
        return [own, daily(&fields, place)].compactMap(\.self)
    }

    static func place(_ fields: inout Fields) -> Zone? { place("timezone", &fields) }

    /// The `callWindow` of an agent or an organization, which has its place in it.
    static func wider(_ fields: inout Fields) -> CallWindow? { window(&fields, nil, missingPlace: missingOwnPlace) }

    /// A batch's `timezoneAwareConfig`.
    static func config(_ fields: inout Fields) -> (place: Zone?, window: CallWindow?) {
        fields.object("timezoneAwareConfig", known: ["callWindow", "defaultTimezone"]) { inner in
            let place = place("defaultTimezone", &inner)
            return (place, window(&inner, place))
        } ?? (nil, nil)
    }

    /// The next moment at which the clock in that place shows the time that is asked for.
    static func next(_ fields: inout Fields, place: Zone?, at now: Moment) -> Moment? {
        let name = "localScheduleTime"
        let minute = fields.either(name, "targetLocalTime") { time($1, &$0) }
        guard let minute else { return nil }
        guard let place else {
            // A wrong one is told already.
            return fields.has("timezone") ? nil : fields.refuse(name, "needs a timezone beside it")
        }
        guard !fields.has("scheduledAt") || fields.isNull("scheduledAt") else {
            return fields.refuse(name, "and scheduledAt cannot be given together")
        }
        return place.next(minute: minute, from: now)
    }

    private static func window(
        _ fields: inout Fields, _ place: Zone?, missingPlace: String = missingPlace
    ) -> CallWindow? {
        fields.object("callWindow", known: windowFields) { inner -> CallWindow? in
            inner.require("start")
            inner.require("end")
            let days = days(&inner)
            let (start, end) = (time("start", &inner), time("end", &inner, isEnd: true))
            let zone = Self.place("timezone", &inner)
            if zone == nil, place == nil, inner.isMissing("timezone"), inner.faults.isEmpty {
                inner.noteOfAll(missingPlace)
            }
            guard let start, let end, let zone = zone ?? place, inner.faults.isEmpty else { return nil }
            let window = CallWindow(days: days, start: start, end: end, zone: zone)
            if window == nil { inner.noteOfAll("never opens: start and end are the same") }
            return window
        } ?? nil
    }

    /// `doNotCallBefore` and `doNotCallAfter` of the free-form metadata, which may have anything else besides.
    private static func daily(_ fields: inout Fields, _ place: Zone?) -> CallWindow? {
        fields.openObject("callMetadata") { inner -> CallWindow? in
            let (before, after) = ("doNotCallBefore", "doNotCallAfter")
            guard !inner.isMissing(before) || !inner.isMissing(after) else { return nil }
            let start = time(before, &inner)
            let end = time(after, &inner, isEnd: true)
            let zone = inner.isMissing("timezone") ? place : Self.place("timezone", &inner)
            guard inner.faults.isEmpty else { return nil }
            guard let zone else { return inner.refuse(inner.isMissing(before) ? after : before, missingPlace) }
            let window = CallWindow(start: start ?? 0, end: end ?? 1440, zone: zone, isAddition: true)
            if window == nil { inner.note(Fault(after, "and \(before) are the same: no call is ever made")) }
            return window
        } ?? nil
    }

    private static func place(_ name: String, _ fields: inout Fields) -> Zone? {
        guard let text = fields.text(name, atMost: 64) else { return nil }
        return Zone(text) ?? fields.refuse(name, placeRule)
    }

    /// Minutes since midnight.
    private static func time(_ name: String, _ fields: inout Fields, isEnd: Bool = false) -> Int? {
        guard let text = fields.text(name, atMost: 16) else { return nil }
        let range = isEnd ? 1...1440 : 0...1439
        guard let minute = Int(timeOfDay: text), range.contains(minute) else {
            return fields.refuse(name, isEnd ? endRule : timeRule)
        }
        return minute
    }

    private static func days(_ fields: inout Fields) -> Set<CallWindow.Weekday> {
        let all = CallWindow.Weekday.allCases
        guard let texts = fields.strings("days", atMost: 7) else { return Set(all) }
        var days: Set<CallWindow.Weekday> = []
        for (index, text) in texts.enumerated() {
            let word = text.lowercased()
            guard let day = all.first(where: { "\($0)" == word || "\($0)".prefix(3) == word }) else {
                fields.note(Fault("days[\(index)]", "must be one of \(all.map { "\($0)" }.joined(separator: ", "))"))
                return []
            }
            days.insert(day)
        }
        if texts.isEmpty { fields.note(Fault("days", "must name at least one day")) }
        return days
    }
}

extension Int {
    /// "HH:MM" of minutes since midnight.
    var timeOfDay: String {
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        return two(self / 60) + ":" + two(self % 60)
    }

    /// The minutes since midnight of "HH:MM", 24:00 included.
    fileprivate init?(timeOfDay text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { (48...57).contains($0) } }) else {
            return nil
        }
        guard let hour = Int(String(decoding: parts[0], as: UTF8.self)),
            let minute = Int(String(decoding: parts[1], as: UTF8.self)), minute < 60, hour * 60 + minute <= 1440
        else { return nil }
        self = hour * 60 + minute
    }
}
