import Sandbox

/// Draws for what a seed contains, one stream for each subject, so that a draw more in one does not change all others.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class Chance: @unchecked Sendable {
    private var source: SeededChance

    init(seed: UInt64, _ stream: UInt64) {
        var mixing = SeededChance(seed: seed &* 0x9E6C_63D0_876A_9A47 &+ stream)
        source = SeededChance(seed: mixing.next())
    }

    func next() -> UInt64 { source.next() }
    func strikes(_ probability: Double) -> Bool { probability > 0 && source.strikes(probability) }
    func draw(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(source.next() % UInt64(range.upperBound - range.lowerBound + 1))
    }
    func draw(_ range: ClosedRange<Int>) -> Int { Int(draw(Int64(range.lowerBound)...Int64(range.upperBound))) }
    func pick<Element>(_ elements: [Element]) -> Element { elements[draw(0...(elements.count - 1))] }
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: source.next() >> 32) } }
}
