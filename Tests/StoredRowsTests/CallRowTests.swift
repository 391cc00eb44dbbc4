import CallControl
import CallCore
import StoredRows
import Testing

/// What is written of a call comes back as it was.
@Suite struct CallRowTests {
    @Test(arguments: Samples.dials)
    func anAttemptComesBackWithItsDial(_ dial: Dial) throws {
        let attempt = Samples.attempt(3, dial: dial)
        let row = WrittenRow(
            StoredAttempt.columns, of: StoredAttempt.insertColumns,
            StoredAttempt.insertValues(attempt, ofCall: 7, try Samples.call(.waiting)))
        #expect(try StoredAttempt.attempt(row) == attempt)
    }

    @Test func anAttemptOfWhichNothingIsKnownComesBackSo() throws {
        let attempt = Attempt(number: 1, room: RoomName(rawValue: "sb-t-call_1-1"), startedAt: Samples.now)
        let row = WrittenRow(
            StoredAttempt.columns, of: StoredAttempt.insertColumns,
            StoredAttempt.insertValues(attempt, ofCall: 7, try Samples.call(.waiting)))
        #expect(try StoredAttempt.attempt(row) == attempt)
    }

    @Test(arguments: Samples.phases)
    func aCallComesBackInItsPhase(_ phase: Phase) throws {
        let new = try Samples.call(.waiting)
        let inserted = WrittenRow(
            StoredCall.columns, of: StoredCall.insertColumns,
            StoredCall.insertValues(new, held: true, stopped: false), ["key": .number(7)])
        let first = try StoredCall(inserted, attempts: [])
        #expect(first.isHeld && !first.isStopped && first.events == 1 && first.key == 7)
        let call = try Samples.call(phase, past: [Samples.attempt(1)])
        let change = first.becoming(call)
        let updated = WrittenRow(
            StoredCall.columns, of: StoredCall.updateColumns + StoredCall.insertColumns,
            change.row.updateValues + StoredCall.insertValues(new, held: true, stopped: false), ["key": .number(7)])
        #expect(StoredCall.hasAttempts(updated))
        let again = try StoredCall(updated, attempts: change.changedAttempts + change.newAttempts)
        #expect(again.call == call)
        #expect(again.events == (change.notice == nil ? 1 : 2))
        #expect(again.becoming(call).notice == nil)
        #expect(again.becoming(call).changedAttempts.isEmpty && again.becoming(call).newAttempts.isEmpty)
    }

    @Test func aChangeWritesTheAttemptsThatItConcernsAndNoOthers() throws {
        let past = Samples.attempt(1)
        let row = WrittenRow(
            StoredCall.columns, of: StoredCall.insertColumns,
            StoredCall.insertValues(try Samples.call(.waiting), held: false, stopped: true), ["phase": .number(2)])
        let stored = try StoredCall(row, attempts: [past, Samples.attempt(2)])
        var current = Samples.attempt(2)
        current.sipStatusCode = 200
        var call = stored.call
        call.phase = .waiting
        call.pastAttempts = [past, current]
        let change = stored.becoming(call)
        #expect(change.changedAttempts == [current])
        #expect(change.newAttempts.isEmpty)
        call.phase = .placing(Samples.attempt(3))
        #expect(stored.becoming(call).newAttempts == [Samples.attempt(3)])
    }

    @Test func aLiveCallWithoutAnAttemptIsCorrupt() throws {
        let row = WrittenRow(
            StoredCall.columns, of: StoredCall.insertColumns,
            StoredCall.insertValues(try Samples.call(.waiting), held: false, stopped: false), ["phase": .number(3)])
        #expect(throws: Corrupt.self) { try StoredCall(row, attempts: []) }
    }
}
