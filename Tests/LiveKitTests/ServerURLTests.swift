import LiveKit
import Testing

@Suite("Server addresses") struct ServerURLTests {
    @Test(
        "websocket addresses become HTTP ones, and slashes at the end go",
        arguments: [
            ("ws://127.0.0.1:7880", "http://127.0.0.1:7880"), ("wss://x.livekit.cloud/", "https://x.livekit.cloud"),
            ("http://livekit:7880//", "http://livekit:7880"), ("HTTPS://a/b/", "https://a/b"),
            ("ws://[::1]:7880", "http://[::1]:7880"),
        ])
    func accepted(text: String, address: String) {
        #expect(ServerURL(text)?.description == address)
    }

    @Test(
        "what is no address of a server is refused",
        arguments: ["", "livekit:7880", "ftp://a", "http://", "http://u:p@a", "http://a?b=c", "http://a#b", "/x"])
    func refused(text: String) {
        #expect(ServerURL(text) == nil)
    }
}
