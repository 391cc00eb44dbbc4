import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A client that sends bytes as they are and reads until the server closes.
enum Wire {
    /// Everything that came back; `half` closes our side after sending.
    static func talk(_ port: Int, _ parts: [String], half: Bool = false) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        let heard = NIOLockedValueBox("")
        do {
            try await channel.executeThenClose { inbound, outbound in
                do {
                    for part in parts { try await outbound.write(ByteBuffer(string: part)) }
                } catch is ChannelError, is IOError {
                    // The server may have had enough before we were done; what it said is still to be read.
                }
                if half { outbound.finish() }
                for try await buffer in inbound {
                    heard.withLockedValue { $0 += String(buffer: buffer) }
                }
            }
        } catch is ChannelError, is IOError {
            // A reset after the answer is how a close looks to a client that was still sending.
        }
        return heard.withLockedValue { $0 }
    }
}
