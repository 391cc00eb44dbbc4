import CPostgres
import Dispatch
import Glibc
import NIOConcurrencyHelpers
import ServiceLifecycle
import StoredRows

/// Tells the other nodes of a database that there is something to do, and hears it from them.
///
/// A connection of its own with a thread of its own. What is told while one message is on its way goes out with the next one: a NOTIFY
/// inside every transaction would make all commits wait for each other (9,100 a second became 310). Messages can be lost, with the
/// connection or before it is made, so nobody relies on them: they spare the wait until a node looks by itself.
package final class Telegraph: Sendable {
    private static let channel = "switchboard"
    /// After a message, in microseconds: what is told meanwhile goes into the next one.
    private static let pause: UInt32 = 10_000
    /// Between two tries to connect, in milliseconds.
    private static let retry: Int32 = 1000

    private struct State {
        var topics: Set<String> = []
        var isOver = false
    }

    private let url: String
    private let node: String
    private let state = NIOLockedValueBox(State())
    private let wake = WakePipe()

    /// `node` is this process: what it tells itself is not heard.
    package init(_ url: String, node: String) {
        self.url = url
        self.node = node
    }

    /// Tells it soon, from any thread; topics have letters only.
    package func tell(_ topic: String) {
        let isNew = state.withLockedValue { $0.topics.insert(topic).inserted }
        if isNew { wake.ring() }
    }

    /// Runs until shut down or cancelled.
    ///
    /// `heard` is called on the telegraph's thread with each topic of another node; with nil after a time in which messages may
    /// have been lost.
    package func run(hearing heard: @escaping @Sendable (_ topic: String?) -> Void) async {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "postgres telegraph").async {
                    self.work(heard)
                    continuation.resume()
                }
            }
        } onCancelOrGracefulShutdown: {
            self.state.withLockedValue { $0.isOver = true }
            self.wake.ring()
        }
    }

    private var isOver: Bool { state.withLockedValue(\.isOver) }

    private func work(_ heard: (String?) -> Void) {
        while !isOver {
            do throws(StatementFailure) {
                let connection = try Connection(url)
                for answer in try connection.pipeline([Statement("LISTEN \(Self.channel)")]) { _ = try answer.get() }
                heard(nil)
                while !isOver {
                    try send(over: connection)
                    // What came in with the answers is no more to be seen on the socket.
                    for topic in try topics(from: connection) { heard(topic) }
                    wake.wait(beside: connection.socket, milliseconds: -1)
                }
            } catch {
                wake.wait(beside: -1, milliseconds: Self.retry)
            }
        }
    }

    private func send(over connection: Connection) throws(StatementFailure) {
        let topics = state.withLockedValue { state in
            defer { state.topics = [] }
            return state.topics
        }
        guard !topics.isEmpty else { return }
        let told = topics.sorted().map { Statement("SELECT pg_notify($1, $2)", [Self.channel, "\(node) \($0)"]) }
        for answer in try connection.pipeline(told) { _ = try answer.get() }
        usleep(Self.pause)
    }

    private func topics(from connection: Connection) throws(StatementFailure) -> [String] {
        try connection.messages().compactMap { message in
            let parts = message.split(separator: " ", maxSplits: 1)
            return parts.count == 2 && parts[0] != node ? String(parts[1]) : nil
        }
    }
}

/// Wakes a thread that waits for a socket.
private final class WakePipe: Sendable {
    private let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
        }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    func ring() {
        var byte: UInt8 = 1
        // A full pipe wakes as well.
        _ = write(writing, &byte, 1)
    }

    /// Returns when it was rung, when the socket has something to read, or after so long; -1: no socket, no end.
    func wait(beside socket: Int32, milliseconds: Int32) {
        var waits = [
            pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&waits, nfds_t(waits.count), milliseconds)
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(reading, &bytes, bytes.count) > 0 {}
    }
}
