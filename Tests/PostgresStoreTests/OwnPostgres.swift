import Foundation
import Glibc

/// A PostgreSQL that nobody else uses, so that it may be stopped.
///
/// `@unchecked`: a test gives one order at a time. `Scripts/with-postgres` runs it beside a shell that takes orders; it goes away when that one's input ends.
final class OwnPostgres: @unchecked Sendable {
    let url: String
    private let process = Process()
    private let orders = Pipe()
    private let answers = Pipe()

    struct Failure: Error { let order: String }

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        process.executableURL = root.appending(path: "Scripts/with-postgres")
        process.arguments = [
            "bash", "-c",
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
        process.standardInput = orders
        process.standardOutput = answers
        try process.run()
        url = try Self.line(answers)
    }

    deinit {
        try? orders.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// `start`, `stop` or `restart` with the options of `pg_ctl`.
    func order(_ order: String) throws {
        try orders.fileHandleForWriting.write(contentsOf: Data("\(order)\n".utf8))
        guard try Self.line(answers) == "0" else { throw Failure(order: order) }
    }

    private static func line(_ pipe: Pipe) throws -> String {
        var line: [UInt8] = []
        while let byte = try pipe.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        guard !line.isEmpty else { throw Failure(order: "an answer of with-postgres") }
        return String(decoding: line, as: UTF8.self)
    }
}
