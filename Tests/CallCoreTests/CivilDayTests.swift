import CallCore
import Testing

@Suite("A day of a place")
struct CivilDayTests {
    private static func day(_ moment: String, _ zone: String) throws -> CivilDay {
        CivilDay(of: try #require(Moment(rfc3339: moment)), in: try #require(Zone(zone)))
    }

    @Test(
        "Goes from midnight to midnight as the clocks there show it, whatever is done to them on it",
        arguments: [
            ("2026-03-01T12:00:00Z", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
            // Its first moment, and its last.
            ("2026-03-01T00:00:00Z", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
            ("2026-03-01T23:59:59.999Z", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
            ("2026-03-01T12:00:00Z", "Asia/Kathmandu", "2026-02-28T18:15:00Z", "2026-03-01T18:15:00Z"),
            // 23 hours, and 25.
            ("2026-03-29T12:00:00Z", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            ("2026-10-25T12:00:00Z", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            ("2026-03-30T12:00:00Z", "Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"),
            // Half an hour more.
            ("2026-04-05T01:00:00Z", "Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"),
            // There was no midnight: the day began at one o'clock.
            ("2018-11-04T12:00:00Z", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
            ("2018-11-03T12:00:00Z", "America/Sao_Paulo", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"),
            // At midnight it was eleven in the evening again.
            ("2018-02-18T01:30:00Z", "America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"),
            ("2018-02-18T02:30:00Z", "America/Sao_Paulo", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"),
            // A whole date that was left out.
            ("2011-12-30T09:00:00Z", "Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
            ("2011-12-30T11:00:00Z", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
        ])
    func bounds(_ moment: String, _ zone: String, _ start: String, _ end: String) throws {
        let day = try Self.day(moment, zone)
        #expect(day.start == Moment(rfc3339: start))
        #expect(day.end == Moment(rfc3339: end))
    }

    @Test(
        "Days follow each other without a gap, over years",
        arguments: [
            "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "Africa/Casablanca",
            "Australia/Lord_Howe", "Asia/Beirut", "Africa/Cairo", "Pacific/Apia", "America/Havana",
        ])
    func chain(_ name: String) throws {
        let zone = try #require(Zone(name))
        var day = CivilDay(of: try #require(Moment(rfc3339: "2017-01-01T12:00:00Z")), in: zone)
        for _ in 0..<1200 {
            #expect(CivilDay(of: day.start, in: zone) == day)
            #expect(CivilDay(of: day.end - .milliseconds(1), in: zone) == day)
            let next = CivilDay(of: day.end, in: zone)
            #expect(next.start == day.end)
            #expect(day.end.since(day.start) >= .seconds(23 * 3600))
            #expect(day.end.since(day.start) <= .seconds(25 * 3600))
            day = next
        }
    }
}
