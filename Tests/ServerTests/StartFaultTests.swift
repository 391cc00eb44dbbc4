import CallControl
import Glibc
import NIOCore
import Server
import Testing

@Suite("Why the server does not start")
struct StartFaultTests {
    private let settings = Settings(
        database: .file(path: "/data/calls.sqlite"), listener: ListenerSetting(host: "10.0.0.1", port: 80))

    @Test(
        "an address that cannot be listened on names both keys and the address",
        arguments: [
            EADDRINUSE, EACCES, EADDRNOTAVAIL,
        ])
    func address(code: CInt) {
        let text = settings.explanation(of: IOError(errnoCode: code, reason: "bind"))
        #expect(text.hasPrefix("SWITCHBOARD_HOST, SWITCHBOARD_PORT: 10.0.0.1:80 cannot be listened on: "))
    }

    @Test("a database that cannot be used names its key and its path")
    func database() {
        let text = settings.explanation(of: StoreFailure.unavailable("no space"))
        #expect(text == "DATABASE_URL: sqlite:/data/calls.sqlite cannot be used: no space")
    }

    @Test("anything else speaks for itself")
    func others() {
        #expect(settings.explanation(of: IOError(errnoCode: EIO, reason: "read")).contains("read"))
    }
}
