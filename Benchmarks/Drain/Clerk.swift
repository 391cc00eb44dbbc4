import CallControl
import CallCore
import PostgresStore

/// Schedules calls of one agent.
struct Clerk: Sendable {
    let store: PostgresStore
    let agent: Agent
    let clock: SystemClock

    private func call(_ number: Int, ahead: Duration) -> Call? {
        let now = clock.now
        return PhoneNumber("+1500\(5_550_000 + number % 10_000)").map { phone in
            Call(
                id: Identifiers().call(at: now), organization: agent.organization, agent: agent.id,
                contact: Contact(phone: phone, name: "Contact \(number)"), dueAt: now + ahead, createdAt: now,
                metadata: #"{"campaign":"spring","note":"as long as what a caller would say about such a call"}"#)
        }
    }

    /// Each on its own, for tomorrow.
    func scheduleSingly(_ count: Int, over callers: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for number in stride(from: caller, to: count, by: callers) {
                        guard let call = call(number, ahead: .seconds(86_400)) else { continue }
                        _ = try await store.insert(call, for: .commandLine(for: agent.organization))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One batch after the other.
    func schedule(_ count: Int, inBatchesOf size: Int, ahead: Duration) async throws {
        for start in stride(from: 0, to: count, by: size) {
            try await store.insert((start..<min(start + size, count)).compactMap { call($0, ahead: ahead) })
        }
    }
}
