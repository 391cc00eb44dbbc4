private import Foundation

/// A place's clock, by its name in the IANA's table ("Europe/Berlin").
package struct Zone: Sendable, Equatable {
    package let name: String
    /// Nil: this program's table does not have it.
    private let zone: TimeZone?

    /// Nil for a name that is not in the table; one that stands for a place by hours alone ("GMT+3") is not either.
    package init?(_ name: String) {
        guard name == "UTC" || TimeZone.knownTimeZoneIdentifiers.contains(name) || Self.isPlace(name),
            let zone = TimeZone(identifier: name)
        else { return nil }
        self.zone = zone
        self.name = name
    }

    // Of a place with several names the list has only one, and not always the one in use: Asia/Calcutta, not Asia/Kolkata.
    private static func isPlace(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count > 1 && parts[0] != "Etc"
            && parts.allSatisfy { part in
                part.first?.isLetter == true
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
            }
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
