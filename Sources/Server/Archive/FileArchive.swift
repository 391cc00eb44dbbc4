package import CallControl
package import CallCore
import Dispatch
import Glibc
import HTTPAPI
import NIOCore

/// Purged calls as lines of JSON, in a file for each day on which they were purged: `calls-2026-03-01.jsonl`.
///
/// What a crash cuts off is a line that is no JSON, and the next one begins behind it.
package final class FileArchive: CallArchive {
    private let folder: String
    /// Files block, which Swift's own threads must not.
    private let thread = DispatchQueue(label: "archive")

    /// A folder that is not there is not made: it may be a disk that is not mounted.
    package init(folder: String) throws(ArchiveFailure) {
        self.folder = folder
        let descriptor = try Self.check(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder, "opened")
        close(descriptor)
        _ = try Self.check(access(folder, W_OK | X_OK), folder, "written to")
    }

    package func keep(_ calls: [FinishedCall], at now: Moment) async throws(ArchiveFailure) {
        let name = "\(folder)/calls-\("\(now)".prefix(10)).jsonl"
        var lines: [UInt8] = []
        for call in calls { lines += call.line.readableBytesView }
        let result = await withCheckedContinuation { continuation in
            thread.async { [folder, lines] in
                continuation.resume(
                    returning: Result { () throws(ArchiveFailure) in
                        try Self.append(lines, to: name, in: folder)
                    })
            }
        }
        try result.get()
    }

    private static func append(_ lines: [UInt8], to name: String, in folder: String) throws(ArchiveFailure) {
        let descriptor = try check(open(name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600), name, "opened")
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        var last: UInt8 = 0
        let isCutOff = end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
        do {
            try write((isCutOff ? [UInt8(ascii: "\n")] : []) + lines, to: descriptor, name)
            _ = try check(fsync(descriptor), name, "synced")
        } catch {
            // Half of the calls would be there twice.
            ftruncate(descriptor, end)
            throw error
        }
        guard end == 0 else { return }
        let parent = try check(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder, "opened")
        defer { close(parent) }
        _ = try check(fsync(parent), folder, "synced")
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ name: String) throws(ArchiveFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            _ = try check(Int32(clamping: written), name, "written to")
            rest = rest.dropFirst(written)
        }
    }

    private static func check(_ result: Int32, _ name: String, _ deed: String) throws(ArchiveFailure) -> Int32 {
        guard result < 0 else { return result }
        throw ArchiveFailure("\(name) cannot be \(deed): \(String(cString: strerror(errno)))")
    }
}
