import CallCore
import Testing

@Suite struct MomentTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)),
        ("2026-03-01T12:00:00.123Z", 1_772_366_400_123),
        ("2026-03-01T12:00:00.1239999Z", 1_772_366_400_123),
        ("2026-03-01T13:00:00+01:00", 1_772_366_400_000),
        ("2026-03-01T06:30:00.5-05:30", 1_772_366_400_500),
        ("2026-03-01t12:00:00z", 1_772_366_400_000),
        ("2000-02-29T23:59:59Z", 951_868_799_000),
        ("2038-01-19T03:14:08Z", 2_147_483_648_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func readsRFC3339(text: String, milliseconds: Int64) {
        #expect(Moment(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-03-01", "2026-03-01T12:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00+1:00",
        "2026-03-01T12:00:00Zjunk", "1969-12-31T23:59:59Z", "+2026-03-01T12:00:00Z", "2026-03-01T12:00:00+25:00",
        "99999-01-01T00:00:00Z", "2026-03-01T12:00:00Z\u{0}",
    ])
    func refusesWhatIsNoTimeWithAnOffset(text: String) {
        #expect(Moment(rfc3339: text) == nil)
    }

    @Test func printsEveryMillisecondAsItIs() {
        for milliseconds: Int64 in [
            0, 1, 999, 951_868_799_123, 1_772_366_400_007, 4_107_542_400_000, 253_402_300_799_999,
        ] {
            let moment = Moment(milliseconds: milliseconds)
            #expect(Moment(rfc3339: moment.description) == moment)
        }
        #expect(Moment(milliseconds: 1_772_366_400_007).description == "2026-03-01T12:00:00.007Z")
    }
}

@Suite struct PhoneNumberTests {
    @Test(arguments: ["+12", "+15005550001", "+123456789012345"])
    func takesE164(text: String) { #expect(PhoneNumber(text)?.e164 == text) }

    @Test(arguments: [
        "", "+", "+1", "15005550001", "+05005550001", "+1234567890123456", "+1500555000a", "+1 500", "+١٢٣٤٥",
    ])
    func refusesTheRest(text: String) { #expect(PhoneNumber(text) == nil) }

    @Test func isMaskedWhereverItIsPrinted() throws {
        let number = try #require(PhoneNumber("+15005550001"))
        #expect("\(number)" == "+…0001")
    }
}

@Suite struct RoomNameTests {
    @Test func tellsItsCallAndAttempt() throws {
        let room = RoomName(installation: "i1", call: CallID(rawValue: "call_a"), attempt: 12)
        #expect(room.rawValue == "sb-i1-call_a-12")
        let (call, attempt) = try #require(room.call(installation: "i1"))
        #expect(call.rawValue == "call_a")
        #expect(attempt == 12)
    }

    @Test(arguments: [
        "sb-i2-call_a-1", "demo", "sb-i1-", "sb-i1-call_a", "sb-i1-call_a-0", "sb-i1-call_a-x", "sb-i1-call_a--1x",
    ])
    func isNobodysWhereItIsNotOurs(name: String) {
        #expect(RoomName(rawValue: name).call(installation: "i1") == nil)
    }
}

@Suite struct OutcomeTests {
    @Test(arguments: [
        (486, CallStatus.busy, FailureReason?.none), (600, .busy, nil), (480, .noAnswer, nil), (408, .noAnswer, nil),
        (504, .noAnswer, nil), (603, .failed, .declined), (403, .failed, .declined), (404, .failed, .invalidNumber),
        (410, .failed, .invalidNumber), (500, .failed, .trunkFailed), (503, .failed, .trunkFailed),
        (488, .failed, .trunkFailed),
    ])
    func aSIPAnswerHasOneMeaning(code: Int, status: CallStatus, reason: FailureReason?) {
        #expect(
            DialFailure.answered(sip: code) == DialFailure(status: status, reason: reason, sipStatusCode: code))
    }
}
