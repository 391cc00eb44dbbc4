import CallCore
import Foundation
import Testing

/// Windows on clocks with odd rules; what the clocks show at these moments was taken from another table of zones.
@Suite struct CallWindowTests {
    private static func window(
        _ start: String, _ end: String, _ zone: String,
        _ days: Set<CallWindow.Weekday> = Set(CallWindow.Weekday.allCases)
    ) throws -> CallWindow {
        func minutes(_ text: String) throws -> Int {
            let parts = text.split(separator: ":").compactMap { Int($0) }
            try #require(parts.count == 2)
            return parts[0] * 60 + parts[1]
        }
        let place = try #require(Zone(zone))
        let (first, end) = (try minutes(start), try minutes(end))
        return try #require(CallWindow(days: days, start: first, end: end, zone: place))
    }

    private static func moment(_ text: String) throws -> Moment { try #require(Moment(rfc3339: text)) }

    @Test(arguments: [
        // Half an hour is skipped, 02:00 to 02:30: what would begin in it begins at its end.
        ("Australia/Lord_Howe", "02:15", "05:00", "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z"),
        ("Australia/Lord_Howe", "09:00", "17:00", "2026-10-03T12:00:00Z", "2026-10-03T22:00:00Z"),
        ("Australia/Lord_Howe", "09:00", "17:00", "2026-10-02T12:00:00Z", "2026-10-02T22:30:00Z"),
        // Half an hour comes twice, 01:30 to 02:00.
        ("Australia/Lord_Howe", "01:45", "02:00", "2026-04-04T12:00:00Z", "2026-04-04T14:45:00Z"),
        ("Australia/Lord_Howe", "01:45", "02:00", "2026-04-04T15:00:00Z", "2026-04-04T15:15:00Z"),
        ("Asia/Kathmandu", "09:00", "18:00", "2026-05-05T00:00:00Z", "2026-05-05T03:15:00Z"),
        // No summer time any more.
        ("America/Sao_Paulo", "09:00", "18:00", "2026-11-01T00:00:00Z", "2026-11-01T12:00:00Z"),
        // Winter is the exception there, by law; the clocks change all the same.
        ("Europe/Dublin", "01:30", "04:00", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Dublin", "01:15", "01:45", "2026-10-24T12:00:00Z", "2026-10-25T00:15:00Z"),
        ("Europe/Dublin", "01:15", "01:45", "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z"),
        // An hour back for Ramadan, and forth again five weeks later.
        ("Africa/Casablanca", "09:00", "18:00", "2026-02-14T00:00:00Z", "2026-02-14T08:00:00Z"),
        ("Africa/Casablanca", "09:00", "18:00", "2026-02-15T00:00:00Z", "2026-02-15T09:00:00Z"),
        ("Africa/Casablanca", "09:00", "18:00", "2026-03-22T00:00:00Z", "2026-03-22T08:00:00Z"),
        // Over midnight, also with the change in it.
        ("Europe/Berlin", "22:00", "06:00", "2026-03-28T12:00:00Z", "2026-03-28T21:00:00Z"),
        ("Europe/Berlin", "22:00", "06:00", "2026-03-29T03:59:59Z", "2026-03-29T03:59:59Z"),
        ("Europe/Berlin", "22:00", "06:00", "2026-03-29T04:00:00Z", "2026-03-29T20:00:00Z"),
        ("UTC", "00:00", "24:00", "2026-03-29T03:59:59Z", "2026-03-29T03:59:59Z"),
    ])
    func itOpens(_ zone: String, _ start: String, _ end: String, _ from: String, _ expected: String) throws {
        let opening = try Self.window(start, end, zone).nextOpening(from: Self.moment(from))
        #expect(opening.description == (try Self.moment(expected)).description)
    }

    @Test func aNightBelongsToTheDayOnWhichItBegins() throws {
        let window = try Self.window("22:00", "02:00", "Europe/Berlin", [.friday])
        // The Friday is 2026-05-08.
        #expect(window.isOpen(at: try Self.moment("2026-05-08T20:00:00Z")))
        #expect(window.isOpen(at: try Self.moment("2026-05-08T23:59:59Z")))
        #expect(!window.isOpen(at: try Self.moment("2026-05-09T00:00:00Z")))
        #expect(!window.isOpen(at: try Self.moment("2026-05-07T23:00:00Z")))
        #expect(
            window.nextOpening(from: try Self.moment("2026-05-09T00:00:00Z"))
                == (try Self.moment("2026-05-15T20:00:00Z")))
    }

    @Test func allMustBeOpen() throws {
        let from = try Self.moment("2026-05-04T22:00:00Z")
        let berlin = try Self.window("09:00", "18:00", "Europe/Berlin", [.monday, .thursday])
        let newYork = try Self.window("09:00", "12:00", "America/New_York")
        #expect([berlin, newYork].nextOpening(from: from) == (try Self.moment("2026-05-07T13:00:00Z")))
        let night = try Self.window("03:00", "04:00", "Europe/Berlin")
        #expect([berlin, night].nextOpening(from: from) == nil)
        #expect([CallWindow]().nextOpening(from: from) == from)
    }

    @Test(arguments: [(600, 600), (-1, 5), (1440, 5), (5, 0), (5, 1441)]) func whatNeverOpensIsNone(
        _ start: Int, _ end: Int
    ) {
        #expect(CallWindow(start: start, end: end, zone: .utc) == nil)
        #expect(CallWindow(days: [], start: 60, end: 120, zone: .utc) == nil)
    }

    /// Names of today beside those that lists of zones have kept, with the hours and minutes that they stand for in winter.
    @Test(
        arguments: [
            ("Asia/Kolkata", 330), ("Asia/Calcutta", 330), ("Europe/Kyiv", 120), ("Europe/Kiev", 120),
            ("Asia/Ho_Chi_Minh", 420), ("Asia/Yangon", 390), ("Asia/Kathmandu", 345), ("America/Nuuk", -120),
            ("America/Argentina/Buenos_Aires", -180), ("America/Port-au-Prince", -300), ("Atlantic/Faroe", 0),
        ])
    func aPlaceHasEachOfItsNames(_ name: String, _ minutes: Int64) throws {
        let zone = try #require(Zone(name))
        let winter = try #require(Moment(rfc3339: "2026-01-15T12:00:00Z"))
        #expect(zone.offset(at: winter) == minutes * 60)
        #expect(zone.name == name)
    }

    @Test(
        arguments: [
            "", "Mars/Base", "GMT+3", "europe/berlin", "asia/kolkata", "Asia/Nowhere", "Asia/", "/Asia", "Etc/GMT+3",
            "../etc/passwd", "CET+1",
        ])
    func noPlaceHasThatName(_ name: String) { #expect(Zone(name) == nil) }

    /// Against a calendar that somebody else has written, minute by minute.
    @Test(arguments: [
        "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "Europe/Dublin", "Africa/Casablanca",
        "America/New_York", "Antarctica/Troll", "Asia/Gaza", "Pacific/Chatham", "UTC",
    ])
    func itIsOpenByTheClockOnTheWall(_ name: String) throws {
        let zone = try #require(Zone(name))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: name))
        var chance = SystemRandomNumberGenerator()
        let year = try Self.moment("2026-01-01T00:00:00Z")
        // Around each change of the clocks, and anywhere.
        var starts = (0..<4).map { _ in year + .seconds(60 * Int64.random(in: 0..<525_600, using: &chance)) }
        for week in 0..<53 {
            let from = year + .seconds(week * 7 * 86_400)
            if let change = zone.change(after: from, until: from + .seconds(7 * 86_400)) {
                starts.append(change - .seconds(86_400))
            }
        }
        for from in starts {
            let days = Set(CallWindow.Weekday.allCases.filter { _ in Bool.random(using: &chance) }).union([.sunday])
            let (start, end) = (Int.random(in: 0..<240, using: &chance), Int.random(in: 1...1440, using: &chance))
            guard let window = CallWindow(days: days, start: start, end: end, zone: zone) else { continue }
            var nextOpening: Moment?
            for minute in (0..<2 * 1440).reversed() {
                let moment = from + .seconds(minute * 60)
                let shown = calendar.dateComponents(
                    [.weekday, .hour, .minute],
                    from: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000))
                let weekday = try #require(CallWindow.Weekday(rawValue: ((shown.weekday ?? 0) + 5) % 7))
                let before = try #require(CallWindow.Weekday(rawValue: (weekday.rawValue + 6) % 7))
                let time = (shown.hour ?? 0) * 60 + (shown.minute ?? 0)
                let isOpen =
                    start < end
                    ? days.contains(weekday) && (start..<end).contains(time)
                    : days.contains(weekday) && time >= start || days.contains(before) && time < end
                try #require(window.isOpen(at: moment) == isOpen, "\(name) \(start)-\(end) \(moment)")
                if isOpen { nextOpening = moment }
                if let nextOpening {
                    try #require(
                        window.nextOpening(from: moment) == nextOpening, "\(name) \(start)-\(end) \(moment)")
                }
            }
        }
    }
}
