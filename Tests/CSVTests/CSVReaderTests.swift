import CSV
import Testing

@Suite("CSV, record by record")
struct CSVReaderTests {
    /// What a text holds, however it is cut; the faults' reasons are shown by their lines alone.
    static func read(_ bytes: [UInt8], pieces: Int, longest: Int = 1 << 18) -> [String] {
        var reader = CSVReader(longestRecord: longest)
        var seen: [String] = []
        func hand(_ outcome: CSVReader.Outcome) {
            switch outcome {
            case .success(let record): seen.append("\(record.line) \(record.fields)")
            case .failure(let fault): seen.append("\(fault.line) broken")
            }
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.take(rest.prefix(pieces), hand)
            rest = rest.dropFirst(pieces)
        }
        reader.finish(hand)
        return seen
    }

    static let texts: [(String, [String])] = [
        ("", []), ("a", [#"1 ["a"]"#]), ("a,b\nc,d\n", [#"1 ["a", "b"]"#, #"2 ["c", "d"]"#]),
        ("a,b\r\nc,d", [#"1 ["a", "b"]"#, #"2 ["c", "d"]"#]), ("a\rb\r", [#"1 ["a"]"#, #"2 ["b"]"#]),
        ("\u{FEFF}a,b\n1,2", [#"1 ["a", "b"]"#, #"2 ["1", "2"]"#]), (",\n,,", [#"1 ["", ""]"#, #"2 ["", "", ""]"#]),
        ("a\n\n\r\n\nb\n", [#"1 ["a"]"#, #"5 ["b"]"#]), ("\"\"\na", [#"1 [""]"#, #"2 ["a"]"#]),
        (##""a,b","c""d","""##, [##"1 ["a,b", "c\"d", ""]"##]),
        (#""a,b","c""d","""""#, [##"1 ["a,b", "c\"d", "\""]"##]),
        ("\"a\nb\",c\nd", [##"1 ["a\nb", "c"]"##, #"3 ["d"]"#]), ("\"a\r\nb\"\nd", [##"1 ["a\r\nb"]"##, #"3 ["d"]"#]),
        ("\"a\n\n\nb\"\n\nd", [##"1 ["a\n\n\nb"]"##, #"6 ["d"]"#]), (" a , \"b\"\nc", ["1 broken", #"2 ["c"]"#]),
        // What is broken costs its own line and no other.
        ("\"a\nb\nc\n", ["1 broken", #"2 ["b"]"#, #"3 ["c"]"#]),
        ("\"a\n\"b\nc", ["1 broken", "2 broken", #"3 ["c"]"#]),
        ("a\"b\nc", ["1 broken", #"2 ["c"]"#]), ("\"a\"b\nc", ["1 broken", #"2 ["c"]"#]),
        ("x,\"a\nb,\"q\"\nc", ["1 broken", #"2 ["b", "q"]"#, #"3 ["c"]"#]), ("\"", ["1 broken"]),
        ("Zoë,\u{1F4DE}\n", [##"1 ["Zoë", "📞"]"##]),
    ]

    @Test("A text is read alike however it is cut into pieces", arguments: texts)
    func cut(_ text: String, _ records: [String]) {
        for pieces in [1, 2, 3, 7, 1000] {
            #expect(Self.read(Array(text.utf8), pieces: pieces) == records, "pieces of \(pieces)")
        }
    }

    @Test("Bytes that are no UTF-8 break their own record")
    func notText() {
        let bytes = Array("a\n".utf8) + [0x62, 0xFF, 0x0A] + Array("c\n".utf8)
        #expect(Self.read(bytes, pieces: 2) == [#"1 ["a"]"#, "2 broken", #"3 ["c"]"#])
        #expect(Self.read([0xEF, 0xBB, 0x61], pieces: 1) == ["1 broken"])
        #expect(Self.read([0xEF], pieces: 1) == ["1 broken"])
    }

    @Test("What is too long is broken, and nothing of it is kept")
    func tooLong() {
        let long = String(repeating: "x", count: 100)
        for text in ["a\n\(long)\nb\n", "a\n\"\(long)\"\nb\n"] {
            #expect(Self.read(Array(text.utf8), pieces: 7, longest: 50) == [#"1 ["a"]"#, "2 broken", #"3 ["b"]"#])
        }
        // A quote that is not closed, before more than a record may have.
        let lines = (0..<20).map { "row \($0)" }
        let text = "a\n\"\(lines.joined(separator: "\n"))\n"
        let records = Self.read(Array(text.utf8), pieces: 3, longest: 50)
        #expect(records == [#"1 ["a"]"#, "2 broken"] + lines.dropFirst().enumerated().map { "\($0 + 3) [\"\($1)\"]" })
    }

    @Test("Random bytes are read to their end, alike however they are cut")
    func randomBytes() {
        var seed: UInt64 = 7
        let letters = Array("a,\"\r\n".utf8)
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<24 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(letters[Int(seed >> 33) % letters.count])
            }
            #expect(Self.read(bytes, pieces: 1) == Self.read(bytes, pieces: 24))
        }
    }
}
