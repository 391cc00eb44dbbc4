import CallCore
import Foundation
import Testing

/// `Documentation/States.md` is drawn from the rule; a table that says something else than the code fails here.
@Suite struct StatesDocumentTests {
    @Test func theDocumentShowsTheTableThatTheRuleAnswers() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Documentation/States.md")
        let drawn = try drawing()
        if ProcessInfo.processInfo.environment["DRAW_STATES"] != nil {
            try drawn.write(to: path, atomically: true, encoding: .utf8)
        }
        let written = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        #expect(
            written == drawn,
            "Documentation/States.md is not what the rule says: draw it anew with DRAW_STATES=1 and read the difference"
        )
    }

    private func drawing() throws -> String {
        var lines = [
            "# The states of a call",
            "",
            "Drawn by `StatesDocumentTests` from `Call.receiving` (in `CallCore`): every phase, every event, what becomes of the call",
            "and what must be done. *stay*: nothing new. *note*: a fact is written, the phase stays. `hangUp` and `dial` are rows",
            "that the dispatcher carries out. Events come at the dial's deadline, 34 s after it was sent; \"dial lost\" means that nobody",
            "waits for the dial's return any more. In **ended**, a sign of life from the room is an order to hang up again.",
            "",
            "| event ↓ phase → | " + Samples.phases.map(\.name).joined(separator: " | ") + " |",
            "| --- |" + String(repeating: " --- |", count: Samples.phases.count),
        ]
        let now = Samples.created + .seconds(34)
        for (name, event) in Samples.events {
            var cells: [String] = []
            for (_, way) in Samples.phases {
                let call = try Samples.call(after: way)
                cells.append(word(call.receiving(event, about: Samples.room, in: Samples.active, at: now), from: call))
            }
            lines.append("| \(name) | " + cells.joined(separator: " | ") + " |")
        }
        lines += [
            "",
            "An agent switched off between admission and dial sends a placing call back to waiting, held, with nothing dialled:",
            "",
        ]
        let placing = try Samples.call(after: [.lineFree(Samples.room)])
        let withdrawn = placing.receiving(Samples.send, about: Samples.room, in: Samples.inactive, at: now)
        lines += [
            "| event | placing, agent inactive |", "| --- | --- |", "| sendDial | \(word(withdrawn, from: placing)) |",
            "",
            "A number that is suppressed meanwhile ends the call, of which nothing is dialled:", "",
        ]
        let suppression = Suppression(id: SuppressionID(rawValue: "sup_1"), key: KeyID(rawValue: "key_1"))
        let suppressed = Scene(agentIsActive: true, latch: .suppression(suppression))
        let waiting = try Samples.waiting()
        let ended = waiting.receiving(.lineFree(Samples.room), in: suppressed, at: now)
        let undialled = placing.receiving(Samples.send, about: Samples.room, in: suppressed, at: now)
        lines += [
            "| event | waiting, number suppressed | placing, number suppressed |", "| --- | --- | --- |",
            "| lineFree | \(word(ended, from: waiting)) | stay |",
            "| sendDial | stay | \(word(undialled, from: placing)) |",
            "",
        ]
        lines += try retries(at: now)
        return lines.joined(separator: "\n")
    }

    private func retries(at now: Moment) throws -> [String] {
        var lines = [
            "Where the call's plan has a retry left, an attempt that came to nothing is followed by another one, if the plan covers its",
            "end: back to **waiting**, due at the time of the retry, with the room hung up as at the end of the call. `retryOnNoAnswer` and",
            "`retryOnBusy` are on here, `retryOnFailed` in the second column. What may have been a conversation, or may ring still, is never",
            "dialled again:",
            "",
            "| the attempt ends | a retry is left | and `retryOnFailed` |",
            "| --- | --- | --- |",
        ]
        for end in Samples.ends {
            let cells = try [false, true].map { onFailed in
                let call = try Samples.call(after: end.way, retries: RetryPlan(maxRetries: 1, onFailed: onFailed))
                return word(call.receiving(end.event, about: Samples.room, in: Samples.active, at: now), from: call)
            }
            lines.append("| \(end.name) | " + cells.joined(separator: " | ") + " |")
        }
        lines += [
            "",
            "Between two attempts, and while the next one is placed, the phone of the one before must be verified to be silent. *put off*: it",
            "is asked again after ten seconds, and is no less late for it:",
            "",
            "| event | waiting for a retry | the phone before is not silent |",
            "| --- | --- | --- |",
        ]
        let waiting = try Samples.call(
            after: [.lineFree(Samples.room), Samples.send, .ringing, Samples.busy], retries: RetryPlan(maxRetries: 1))
        let second = RoomName(installation: "i1", call: waiting.id, attempt: 2)
        let placing = try Samples.call(waiting, after: [.lineFree(second)])
        for (name, call, event, room) in [
            ("lineFree", waiting, CallEvent.lineFree(second), RoomName?.none),
            ("cancel", waiting, .cancel(Samples.cancellation()), nil), ("overdue", waiting, .overdue, nil),
            ("ringing, from the room before", waiting, .ringing, Samples.room),
            ("placing: sendDial", placing, Samples.send, second),
        ] {
            let cells = [false, true].map { isHangingUp in
                let scene = Scene(agentIsActive: true, isHangingUp: isHangingUp)
                return word(call.receiving(event, about: room, in: scene, at: now), from: call)
            }
            lines.append("| \(name) | " + cells.joined(separator: " | ") + " |")
        }
        return lines + [""]
    }

    private func word(_ decision: Decision, from call: Call) -> String {
        switch decision {
        case .stay: return "stay"
        case .note(let next): return next.dueAt == call.dueAt ? "note" : "put off"
        case .refuse(.belongsToAnotherOrganization): return "refuse: another organization's"
        case .refuse(.alreadyOver(let status)): return "refuse: is \(status.rawValue)"
        case .refuse(.alreadySent): return "refuse: sent before"
        case .refuse(.isRetrying): return "refuse: waits for its retry"
        case .move(let next, let effects):
            var words: [String] = []
            if next.phase != call.phase { words.append("→ \(name(next.phase))") }
            for effect in effects {
                switch effect {
                case .dial: words.append("dial")
                case .hangUp: words.append(next.phase == call.phase ? "**hangUp again**" : "hangUp")
                }
            }
            return words.joined(separator: "; ")
        }
    }

    private func name(_ phase: Phase) -> String {
        switch phase {
        case .waiting: "waiting"
        case .placing: "placing"
        case .dialling: "dialling"
        case .ringing: "ringing"
        case .active: "active"
        case .ended(let ending):
            "ended (\(ending.status.rawValue)\(ending.failureReason.map { ", \($0.rawValue)" } ?? ""))"
        }
    }
}
