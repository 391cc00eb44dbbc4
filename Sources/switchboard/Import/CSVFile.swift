import ArgumentParser
import CSV
import Foundation

/// A CSV file that is imported, read piece by piece: its length does not matter.
struct CSVFile {
    /// Bytes that were read.
    private(set) var read = 0
    /// In bytes; nil for a pipe.
    let size: Int?

    private let handle: FileHandle
    private var reader = CSVReader()
    private var isAtEnd = false

    /// - Parameter path: `-` is standard input.
    init(_ path: String) throws {
        if path == "-" {
            handle = .standardInput
        } else {
            guard let opened = FileHandle(forReadingAtPath: path) else {
                throw ValidationError("\(path.harmless) cannot be read.")
            }
            handle = opened
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        size = attributes?[.type] as? FileAttributeType == .typeRegular ? attributes?[.size] as? Int : nil
    }

    /// What is in the next piece; nil at the end.
    mutating func next() throws(ClientFailure) -> [CSVReader.Outcome]? {
        if isAtEnd { return nil }
        let piece: Data
        do {
            piece = try handle.read(upToCount: 1 << 16) ?? Data()
        } catch {
            throw .refused("the file cannot be read to its end: \(error.localizedDescription)")
        }
        isAtEnd = piece.isEmpty
        read += piece.count
        var outcomes: [CSVReader.Outcome] = []
        if isAtEnd { reader.finish { outcomes.append($0) } } else { reader.take(piece) { outcomes.append($0) } }
        return outcomes
    }
}
