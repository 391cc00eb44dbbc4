import CallCore
import Testing

/// How long windows have been open, added up.
@Suite struct LastingWindowTests {
    /// Sunday, 2026-03-01, noon in UTC.
    private static let noon = Moment(milliseconds: 1_772_366_400_000)

    private static func window(
        _ start: Int, _ end: Int, _ zone: Zone = .utc,
        _ days: Set<CallWindow.Weekday> = Set(CallWindow.Weekday.allCases)
    ) -> [CallWindow] { [CallWindow(days: days, start: start, end: end, zone: zone)].compactMap(\.self) }

    /// Windows, so many hours of work, and after how many hours from noon they are done.
    @Test(
        arguments: [
            ([], 5, 5), (window(0, 1440), 5, 5), (window(0, 1440), 100, 100),
            // Nine to three.
            (window(540, 900), 3, 3), (window(540, 900), 4, 22), (window(540, 900), 9, 27), (window(540, 900), 10, 46),
            // Not before two.
            (window(840, 900), 1, 3), (window(840, 900), 2, 27),
            // Over midnight, ten to two.
            (window(1320, 120), 4, 14), (window(1320, 120), 5, 35),
            // On Mondays only.
            (window(600, 660, .utc, [.monday]), 1, 23), (window(600, 660, .utc, [.monday]), 2, 191),
            // Two hold together.
            (window(540, 900) + window(720, 1000), 4, 25), (window(0, 600) + window(660, 900), 1, nil),
            (window(540, 900), 700, nil),
        ] as [([CallWindow], Int64, Int64?)])
    func theTimeInWhichTheyAreClosedIsNoneOfIt(_ windows: [CallWindow], _ hours: Int64, _ end: Int64?) {
        let done = windows.moment(openFor: .seconds(hours * 3600), from: Self.noon)
        #expect(done == end.map { Self.noon + .seconds($0 * 3600) })
    }

    /// On 2026-03-29 the clocks of Berlin jump from two to three: a window from one to four is open for two hours.
    @Test func anHourThatIsSkippedIsNoneOfIt() throws {
        let windows = Self.window(60, 240, try #require(Zone("Europe/Berlin")))
        let midnight = Moment(milliseconds: 1_774_738_800_000)
        #expect(windows.moment(openFor: .seconds(7200), from: midnight) == midnight + .seconds(3 * 3600))
        #expect(windows.moment(openFor: .seconds(7200 + 60), from: midnight) == midnight + .seconds(24 * 3600 + 60))
    }
}
