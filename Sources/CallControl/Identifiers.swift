package import CallCore
import Glibc

/// Makes ids: a kind, the time in eight characters so that ids sort, and sixteen that nobody can guess.
package struct Identifiers: Sendable {
    private let random: @Sendable (Int) -> [UInt8]

    /// `random` gives that many random bytes; tests hand in a seeded source.
    package init(random: @escaping @Sendable (Int) -> [UInt8] = Identifiers.systemRandom) { self.random = random }

    package static let systemRandom: @Sendable (Int) -> [UInt8] = { count in
        var generator = SystemRandomNumberGenerator()
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, drawn in
            while drawn < count {
                // At most 256 at once, or none; Swift's own generator takes a system call for eight.
                let more = min(256, count - drawn)
                if let begin = bytes.baseAddress, getentropy(begin + drawn, more) == 0 {
                    drawn += more
                } else {
                    bytes.initializeElement(at: drawn, to: generator.next())
                    drawn += 1
                }
            }
        }
    }

    /// So many ids, drawn together.
    package func calls(_ count: Int, at now: Moment) -> [CallID] {
        let time = "call_" + time(now)
        let random = Array(base62(count * Self.unguessable).utf8)
        return stride(from: 0, to: random.count, by: Self.unguessable).map { first in
            CallID(rawValue: time + String(decoding: random[first..<first + Self.unguessable], as: UTF8.self))
        }
    }

    package func call(at now: Moment) -> CallID { CallID(rawValue: "call_" + suffix(at: now)) }
    package func batch(at now: Moment) -> BatchID { BatchID(rawValue: "batch_" + suffix(at: now)) }
    package func key(at now: Moment) -> KeyID { KeyID(rawValue: "key_" + suffix(at: now)) }
    package func stop(at now: Moment) -> StopID { StopID(rawValue: "stop_" + suffix(at: now)) }
    package func suppression(at now: Moment) -> SuppressionID { SuppressionID(rawValue: "sup_" + suffix(at: now)) }
    package func operation(at now: Moment) -> OperationID { OperationID(rawValue: "op_" + suffix(at: now)) }
    package func request(at now: Moment) -> String { "req_" + suffix(at: now) }

    /// A random UUID (version 4) in lower case.
    package func agent() -> AgentID {
        var bytes = random(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(0x2D) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return AgentID(rawValue: String(decoding: text, as: UTF8.self))
    }

    /// `count` characters of base62, each drawn evenly.
    package func base62(_ count: Int) -> String {
        var text: [UInt8] = []
        while text.count < count {
            // 248 is the last multiple of 62 in a byte: what lies above would favour some characters.
            for byte in random(count) where byte < 248 && text.count < count {
                text.append(Self.alphabet[Int(byte) % 62])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let unguessable = 16

    private func suffix(at now: Moment) -> String { time(now) + base62(Self.unguessable) }

    private func time(_ now: Moment) -> String {
        var time: [UInt8] = []
        var rest = max(0, now.milliseconds)
        for _ in 0..<8 {
            time.append(Self.alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: time.reversed(), as: UTF8.self)
    }

    // In the order of ASCII, so that ids sort as their times do.
    static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
}
