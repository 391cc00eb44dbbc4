private import Foundation

/// A place's clock, by its name in the IANA's table ("Europe/Berlin").
package struct Zone: Sendable, Equatable {
    package let name: String
    /// Nil: this program's table does not have it.
    private let zone: TimeZone?

    /// Nil for a name that is not in the table; one that stands for a place by hours alone ("GMT+3") is not either.
    package init?(_ name: String) {
        guard name == "UTC" || TimeZone.knownTimeZoneIdentifiers.contains(name), let zone = TimeZone(identifier: name)
        else { return nil }
        self.zone = zone
        self.name = name
    }

    /// One that was accepted before, by a program whose table may have been another.
    package init(accepted name: String) {
        self.name = name
        zone = TimeZone(identifier: name)
    }

    package static let utc = Zone(accepted: "UTC")

    package var isKnown: Bool { zone != nil }

    /// How far its clocks are ahead of UTC at that moment, in seconds.
    package func offset(at moment: Moment) -> Int64 {
        Int64(zone?.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)) ?? 0)
    }

    /// The first moment after `moment`, and not after `end`, at which the clocks are changed; nil: they are not.
    ///
    /// Between the two they are changed once at most, so they must be less than the shortest summer apart: a month.
    package func change(after moment: Moment, until end: Moment) -> Moment? {
        let offset = offset(at: moment)
        guard self.offset(at: end) != offset else { return nil }
        var (before, after) = (moment.milliseconds, end.milliseconds)
        while after - before > 1 {
            let middle = (before + after) / 2
            if self.offset(at: Moment(milliseconds: middle)) == offset { before = middle } else { after = middle }
        }
        return Moment(milliseconds: after)
    }
}
