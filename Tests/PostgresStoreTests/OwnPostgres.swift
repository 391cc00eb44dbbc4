import Foundation
import Glibc

/// A PostgreSQL that nobody else uses, so that it may be stopped.
///
/// `@unchecked`: a test gives one order at a time. `Scripts/with-postgres` runs it beside a shell that takes orders; it goes away when that one's input ends.
///
/// Not by `Foundation.Process`, which writes past a buffer of its own where more than 1,024 files are open, as in a run of all tests at once.
final class OwnPostgres: @unchecked Sendable {
    let url: String
    private let process: pid_t
    private let orders: FileHandle
    private let answers: FileHandle

    struct Failure: Error { let order: String }

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let arguments = [
            root.appending(path: "Scripts/with-postgres").path, "bash", "-c",
            """
            bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
            as=(); if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=postgres --regid=postgres --init-groups); fi
            cd /; echo "$POSTGRES_URL"
            while read -r order; do
                "${as[@]}" "$bin/pg_ctl" -D "$POSTGRES_FOLDER/data" -l "$POSTGRES_FOLDER/log" -w $order >/dev/null 2>&1 </dev/null
                echo $?
            done
            """,
        ]
        let (input, output) = (try Self.pipe(), try Self.pipe())
        process = try Self.spawn(arguments, input: input.reading, output: output.writing)
        (orders, answers) = (
            FileHandle(fileDescriptor: input.writing, closeOnDealloc: true),
            FileHandle(fileDescriptor: output.reading, closeOnDealloc: true)
        )
        for end in [input.reading, output.writing] { close(end) }
        url = try Self.line(answers)
    }

    /// Two ends that no other process inherits.
    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        let kind = Int32(bitPattern: SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw Failure(order: "a pipe: \(String(cString: strerror(errno)))")
        }
        return (ends[0], ends[1])
    }

    private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, arguments[0], &actions, nil, &words, environ)
        guard code == 0 else { throw Failure(order: "\(arguments[0]): \(String(cString: strerror(code)))") }
        return process
    }

    deinit {
        try? orders.close()
        while waitpid(process, nil, 0) == -1, errno == EINTR {}
    }

    /// `start`, `stop` or `restart` with the options of `pg_ctl`.
    func order(_ order: String) throws {
        try orders.write(contentsOf: Data("\(order)\n".utf8))
        guard try Self.line(answers) == "0" else { throw Failure(order: order) }
    }

    private static func line(_ pipe: FileHandle) throws -> String {
        var line: [UInt8] = []
        while let byte = try pipe.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        guard !line.isEmpty else { throw Failure(order: "an answer of with-postgres") }
        return String(decoding: line, as: UTF8.self)
    }
}
