package import Foundation

/// How a sandbox is started.
package struct SandboxConfiguration: Sendable {
    package var host = "127.0.0.1"
    /// 0: any free port.
    package var port = 0
    package var key = "devkey"
    package var secret = "secret"
    /// Where webhooks go; can be set later, too.
    package var webhookURL: String?
    /// What the network starts with, and what a reset goes back to.
    package var network = NetworkSettings()
    /// How many phone calls are remembered after their end.
    package var legLimit = 100_000
    /// The time at the start, and the time that tokens are judged by and signed with.
    package var now: @Sendable () -> Date = { Date() }
    /// Makes an id that was never there before and begins with this prefix.
    package var newID: @Sendable (_ prefix: String) -> String = SandboxConfiguration.randomID

    package init() {}

    /// Twelve letters and digits, in LiveKit's manner.
    ///
    /// They come from the system, not from the network's seed: ids must be new also after a restart, for a receiver
    /// tells repeated webhooks by their id.
    @Sendable package static func randomID(_ prefix: String) -> String {
        let alphabet = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
        var system = SystemRandomNumberGenerator()
        var bits = system.next()
        var id = prefix
        for position in 0..<12 {
            if position == 8 { bits = system.next() }
            id.unicodeScalars.append(Unicode.Scalar(alphabet[Int(bits % UInt64(alphabet.count))]))
            bits /= UInt64(alphabet.count)
        }
        return id
    }
}
