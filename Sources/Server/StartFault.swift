import CallControl
import Foundation
import NIOCore

extension Settings {
    /// Why the server ended, in words for whoever starts it: which setting, what is wrong, what to do.
    package func explanation(of error: any Error) -> String {
        switch error {
        case let error as StoreFailure: "DATABASE_URL: \(database.explanation(of: error))"
        case let error as ArchiveFailure: "SWITCHBOARD_ARCHIVE: \(error)"
        case let error as IOError where [EADDRINUSE, EACCES, EADDRNOTAVAIL].contains(error.errnoCode):
            "SWITCHBOARD_HOST, SWITCHBOARD_PORT: \(listener.host):\(listener.port) cannot be listened on: "
                + "\(String(cString: strerror(error.errnoCode)).lowercased()); another port, or 0 for any free one, may do"
        case let error as SocketAddressError.UnknownHost:
            "SWITCHBOARD_HOST: \(error.host) is not known here; write an address of this machine, as 127.0.0.1"
        default: "\(error)"
        }
    }
}

extension DatabaseSetting {
    func explanation(of failure: StoreFailure) -> String {
        switch failure {
        case .unavailable(let detail), .conflict(let detail): "\(self) cannot be used: \(detail)"
        case .repeated: "\(self): this was done before"
        case .suppressed(let id): "\(self): \(id) is in force"
        }
    }
}
