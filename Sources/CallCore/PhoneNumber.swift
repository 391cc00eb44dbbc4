/// A telephone number in E.164: `+`, a first digit that is not 0, 2 to 15 digits in all.
package struct PhoneNumber: Hashable, Sendable {
    package let e164: String

    /// Nil for anything that is not E.164.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(17))
        guard bytes.count >= 3, bytes.count <= 16, bytes[0] == 0x2B, (0x31...0x39).contains(bytes[1]),
            bytes.dropFirst(2).allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        e164 = String(decoding: bytes, as: UTF8.self)
    }

    /// For logs: the last four digits only, `+…0001`.
    package var masked: String { "+…" + e164.suffix(min(4, e164.count - 2)) }
}

extension PhoneNumber: CustomStringConvertible {
    /// Masked, so that a number put into a log by mistake is masked too; `e164` has the whole.
    package var description: String { masked }
}
