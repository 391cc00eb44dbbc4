import Glibc
import TestSupport

/// PostgreSQL as one seed meets it: a real server, whose processes wait for each other's locks while one thread speaks for all of them.
///
/// A lane that has to wait for a lock stays where it is, and whoever holds that goes on above it, one step at a time: so transactions
/// stand beside each other as they do in production, in an order that the seed draws. Between two steps every process of the server
/// either has answered or waits for a lock; otherwise the machine's own speed would have a say.
///
/// `@unchecked`: touched by the scheduler's thread alone.
final class SimulatedServer: @unchecked Sendable {
    /// One that has asked and has no answer yet.
    private struct Waiter {
        let seat: SimulatedSeat
        let backend: Int32
    }

    private let database: Database
    private let scheduler: Scheduler
    private let sky: Sky
    private let trace: Trace
    private var waiters: [Waiter] = []
    /// Its next answer does not arrive.
    private var doomed: Int32?
    private(set) var contention = Contention()
    /// What the server itself could not be asked.
    var onTrouble: (any Error) -> Void = { _ in }

    init(_ database: Database, _ scheduler: Scheduler, _ sky: Sky, _ trace: Trace) {
        self.database = database
        self.scheduler = scheduler
        self.sky = sky
        self.trace = trace
    }

    // MARK: What befalls connections

    func depart(_ seat: SimulatedSeat, _ backend: Int32) {
        guard !seat.node.isUrgent, let cut = sky.cut() else { return }
        contention.cuts += 1
        trace.note("CUT", cut == .before ? "before" : "after")
        switch cut {
        case .before: end([backend])
        case .after: doomed = backend
        }
    }

    /// Ends these processes, and what they had begun with them.
    func end(_ backends: [Int32]) { attempt { try database.end(backends) } }

    /// Ends those of them that are in the middle of a transaction.
    func endIdle(_ backends: [Int32]) { attempt { try database.end(try database.inTransaction(backends)) } }

    /// The answer is there, and is taken away on its way.
    private func lose(_ backend: Int32, _ socket: Int32) {
        doomed = nil
        while let state = look()?[backend], !state.isIdle {}
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
        end([backend])
    }

    // MARK: Waiting

    /// Returns when there is an answer; who holds a lock that this one wants goes on meanwhile.
    func wait(_ seat: SimulatedSeat, _ backend: Int32, _ socket: Int32) {
        waiters.append(Waiter(seat: seat, backend: backend))
        defer { waiters.removeLast() }
        var isNews = true
        while true {
            let isAnswered = Self.isReadable(socket)
            if isAnswered, waiters.count == 1 { break }
            guard let states = look() else { return }
            let others = waiters.dropLast().compactMap { states[$0.backend] }
            guard others.allSatisfy(\.isSettled) else { continue }
            if isAnswered { break }
            // Not there any more: the socket says so.
            guard let own = states[backend] else { continue }
            guard own.isWaiting else { continue }
            if isNews {
                isNews = false
                contention.waits += 1
                trace.note("waits for a lock")
            }
            let holders = own.holders
            if scheduler.goOn({ seat in holders.contains { $0 == seat.backend } && !self.isWaiting(seat) }) { continue }
            isNews = true
            if isCircle(from: backend, states) {
                contention.circles += 1
                trace.note("DEADLOCK")
                while !Self.isReadable(socket) {}
            } else if !holders.isEmpty {
                // Whoever holds it stands still, for longer than anybody waits for a lock.
                contention.timeouts += 1
                trace.note("LOCK TIMED OUT")
                attempt { _ = try database.session.run("SELECT pg_cancel_backend(\(backend))") }
                while !Self.isReadable(socket) {}
            }
        }
        if doomed == backend { lose(backend, socket) }
    }

    private func isWaiting(_ seat: SimulatedSeat) -> Bool { waiters.contains { $0.seat === seat } }

    private func isCircle(from backend: Int32, _ states: [Int32: Database.State]) -> Bool {
        var seen: Set<Int32> = []
        var next = states[backend]?.holders ?? []
        while let one = next.popLast() {
            if one == backend { return true }
            guard seen.insert(one).inserted, let state = states[one], state.isWaiting else { continue }
            next += state.holders
        }
        return false
    }

    private func look() -> [Int32: Database.State]? {
        do {
            return try database.states(of: waiters.map(\.backend))
        } catch {
            onTrouble(error)
            return nil
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { onTrouble(error) }
    }

    /// Most statements are answered sooner than anybody could ask whether they wait.
    private static func isReadable(_ socket: Int32) -> Bool {
        var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, 2) > 0
    }
}
