extension Moment: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds and `Z`: `2026-03-01T09:30:00.000Z`.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        let (days, inDay) = milliseconds.quotientAndRemainderDown(by: 86_400_000)
        let (year, month, day) = Self.civil(fromDays: days)
        func put(_ value: Int64, _ width: Int) {
            var divisor: Int64 = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                bytes.append(48 + UInt8(value / divisor % 10))
                divisor /= 10
            }
        }
        put(year, 4)
        bytes.append(0x2D)
        put(month, 2)
        bytes.append(0x2D)
        put(day, 2)
        bytes.append(0x54)
        put(inDay / 3_600_000, 2)
        bytes.append(0x3A)
        put(inDay / 60_000 % 60, 2)
        bytes.append(0x3A)
        put(inDay / 1000 % 60, 2)
        bytes.append(0x2E)
        put(inDay % 1000, 3)
        bytes.append(0x5A)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads RFC 3339 with any offset; nil without an offset, for impossible dates and for years outside 1970–9999.
    ///
    /// Digits beyond the millisecond are cut off, never rounded up: a call must not be dialled before its time is written.
    package init?(rfc3339 text: some StringProtocol) {
        var reader = Reader(bytes: Array(text.utf8.prefix(64)))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2)
        else { return nil }
        guard (1970...9999).contains(year), (1...12).contains(month), hour < 24, minute < 60, second < 60,
            day >= 1, day <= Self.daysIn(month, of: year)
        else { return nil }
        var fraction: Int64 = 0
        if reader.take(".") {
            guard let read = reader.millisecondsOfFraction() else { return nil }
            fraction = read
        }
        var offset: Int64 = 0
        if !reader.take("Z"), !reader.take("z") {
            let sign: Int64 = reader.take("+") ? 1 : (reader.take("-") ? -1 : 0)
            guard sign != 0, let hours = reader.number(2), reader.take(":"), let minutes = reader.number(2),
                hours < 24, minutes < 60
            else { return nil }
            offset = sign * (hours * 60 + minutes) * 60_000
        }
        guard reader.isAtEnd else { return nil }
        let days = Self.days(toYear: year, month: month, day: day)
        self.init(
            milliseconds: days * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction - offset)
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0
        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
            position += 1
            return true
        }

        mutating func digit() -> Int64? {
            guard position < bytes.count, (48...57).contains(bytes[position]) else { return nil }
            position += 1
            return Int64(bytes[position - 1]) - 48
        }

        mutating func number(_ width: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<width {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        mutating func millisecondsOfFraction() -> Int64? {
            guard let first = digit() else { return nil }
            var value = first
            var digits = 1
            while let digit = digit() {
                if digits < 3 { value = value * 10 + digit }
                digits += 1
            }
            for _ in min(digits, 3)..<3 { value *= 10 }
            return value
        }
    }

    private static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    // The proleptic Gregorian calendar counted in days since 1970; years begin in March, so that leap days come last.
    private static func days(toYear year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).quotientAndRemainderDown(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func quotientAndRemainderDown(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
