import CallControl
import CallCore
import Testing

@Suite struct WindowContract {
    /// Noon in UTC is the shelf's time.
    private func window(_ start: Int, _ end: Int, _ zone: Zone = .utc) throws -> CallWindow {
        try #require(CallWindow(days: [.sunday, .wednesday], start: start, end: end, zone: zone))
    }

    @Test(arguments: StoreUnderTest.allCases)
    func windowsComeBackWithTheirCall(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let berlin = try #require(Zone("Europe/Berlin"))
        let all = [
            [], [try window(0, 1440)], [try window(1320, 60, berlin), try window(5, 6, Zone(accepted: "Mars/Base"))],
        ]
        for (index, windows) in all.enumerated() { try await shelf.addCall("call_\(index)", windows: windows) }
        for (index, windows) in all.enumerated() {
            #expect(try await shelf.record("call_\(index)").call.windows == windows)
        }
    }

    /// Asked once, a closed one is out of the way until its window opens, and then it is dialled.
    @Test(arguments: StoreUnderTest.allCases)
    func aClosedWindowPutsACallOff(_ kind: StoreUnderTest) async throws {
        let shelf = try kind.make()
        try await shelf.addAgent()
        let id = try await shelf.addCall("call_1", windows: [try window(725, 780)])
        let opening = shelf.now + .seconds(300)
        #expect(try await shelf.admit().compactMap(\.dial).isEmpty)
        let record = try await shelf.record("call_1")
        #expect(record.call.dueAt == opening && record.queue?.heldBy == [.window(.call)])
        #expect(try await shelf.store.nextWakes().call == opening)
        #expect(try await shelf.admit(at: opening - .milliseconds(1)).isEmpty)
        #expect(try await shelf.admit(at: opening).compactMap(\.dial).map(\.call.id) == [id])
    }
}
