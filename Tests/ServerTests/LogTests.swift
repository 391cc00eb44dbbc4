import Foundation
import Logging
import NIOConcurrencyHelpers
import Server
import Testing

@Suite("Logs")
struct LogTests {
    @Test("a line of text has time, level, message and what goes with it, in order")
    func text() {
        let line = written(as: .text) {
            $0.info("call placed", metadata: ["call": "call_1", "agent": "two words", "n": "\(3)"])
        }
        #expect(line == "2026-03-01T09:30:00.123Z info call placed agent=\"two words\" call=call_1 n=3\n")
    }

    @Test("a line of JSON is one object")
    func json() throws {
        let line = written(as: .json) { logger in
            logger.warning(
                "a \"quote\"\nand more", metadata: ["list": ["a", "b"], "map": ["k": "v\u{1B}[2J"], "level": "mine"])
        }
        #expect(line.hasSuffix("}\n"))
        #expect(line.filter { $0 == "\n" }.count == 1)
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["time"] as? String == "2026-03-01T09:30:00.123Z")
        #expect(object["level"] as? String == "warning")
        #expect(object["level_"] as? String == "mine")
        #expect(object["message"] as? String == "a \"quote\"\nand more")
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect((object["map"] as? [String: String])?["k"] == "v\u{1B}[2J")
    }

    @Test(
        "nothing in an event can end the line or reach the terminal", arguments: LogSetting.Format.allCases,
        [
            "\n", "\r", "\r\n", "\u{1B}[2J", "\u{0}", "\u{7F}", "\u{85}", "\u{9B}31m", "\u{2028}", "\u{2029}",
            "\u{202E}",
        ])
    func escapes(format: LogSetting.Format, nasty: String) {
        let line = written(as: format) { $0.error("a\(nasty)b", metadata: ["k\(nasty)": "v\(nasty)w"]) }
        let body = line.unicodeScalars.dropLast()
        #expect(line.unicodeScalars.last == "\n")
        for scalar in nasty.unicodeScalars where !("\u{20}"..."\u{7E}").contains(scalar) {
            #expect(!body.contains(scalar))
        }
    }

    @Test("what is below the level is not written")
    func level() {
        #expect(written(as: .text) { $0.debug("quiet") }.isEmpty)
    }

    @Test("a logger's own metadata is written, and an event's goes before it")
    func metadata() {
        let line = written(as: .text) { logger in
            var logger = logger
            logger[metadataKey: "request"] = "req_1"
            logger[metadataKey: "call"] = "none"
            logger.info("done", metadata: ["call": "call_1"])
        }
        #expect(line.hasSuffix("info done call=call_1 request=req_1\n"))
    }

    private func written(as format: LogSetting.Format, _ work: (Logger) -> Void) -> String {
        let lines = NIOLockedValueBox<[UInt8]>([])
        let logger = Logger(label: "test") { _ in
            LineLogHandler(
                format: format, logLevel: .info, milliseconds: { 1_772_357_400_123 },
                write: { line in lines.withLockedValue { $0 += line } })
        }
        work(logger)
        return String(decoding: lines.withLockedValue { $0 }, as: UTF8.self)
    }
}
