import CallControl
import Glibc

/// A lock on a file that the kernel gives up when the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws(StoreFailure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable("cannot open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // `deinit` closes it: a second time, somebody else's file would be hit.
            throw .unavailable("another switchboard server runs on this database (it holds \(path)); stop it first")
        }
    }

    deinit { close(descriptor) }
}
