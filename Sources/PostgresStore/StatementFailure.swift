import CPostgres
import CallControl
import StoredRows

/// Why a statement did not do its work.
enum StatementFailure: Error, Sendable, Equatable {
    /// The connection is gone, or could not be made.
    case lost(String)
    /// The server has stopped to answer: whoever asked has waited long enough.
    case silent(String)
    /// The server refused it; `code` is its SQLSTATE.
    case refused(code: String, String)
    /// Another node has answered the same request meanwhile: tried anew, that answer is found.
    case overtaken
    /// Another statement of its transaction failed.
    case dragged

    /// Takes over what the server said, never the values: they carry phone numbers.
    init(_ result: OpaquePointer) {
        func field(_ name: Int32) -> String? { PQresultErrorField(result, name).map { String(cString: $0) } }
        let code = field(Int32(UInt8(ascii: "C")))
        let message = field(Int32(UInt8(ascii: "M"))) ?? String(cString: PQresultErrorMessage(result))
        guard let code else {
            self = .lost("\(String(cString: PQresStatus(PQresultStatus(result)))) \(message)")
            return
        }
        // A session that the server ends says so in an error of its own.
        guard field(Int32(UInt8(ascii: "V"))) == "ERROR" else {
            self = .lost("\(code): \(message)")
            return
        }
        let isAnswered = code == "23505" && field(Int32(UInt8(ascii: "n"))) == "answers_pkey"
        self = isAnswered ? .overtaken : .refused(code: code, message)
    }

    /// What it means for whoever asked the store.
    var forCaller: StoreFailure {
        switch self {
        case .lost(let message), .silent(let message): .unavailable("PostgreSQL is away: \(message)")
        case .dragged, .overtaken: .unavailable("PostgreSQL rolled the transaction back")
        case .refused(let code, let message):
            isOnesOwn
                ? .conflict("PostgreSQL \(code): \(message)") : .unavailable("PostgreSQL \(code): \(message)")
        }
    }

    /// It lies in what one member of a batch wanted, so that the others may go on without that.
    ///
    /// Class 22 is a value that does not fit, 23 a constraint, 54 more than an index takes.
    var isOnesOwn: Bool {
        guard case .refused(let code, _) = self else { return false }
        return ["22", "23", "54"].contains(where: code.hasPrefix)
    }

    /// The connection is of no use any more.
    var isLost: Bool {
        switch self {
        case .lost, .silent: true
        case .refused, .overtaken, .dragged: false
        }
    }

    /// Whoever tries again waits as long again: a lock that somebody keeps, or a statement that the server gave up.
    var isSlow: Bool {
        switch self {
        case .silent: true
        case .refused(let code, _): code == "55P03" || code == "57014"
        case .lost, .overtaken, .dragged: false
        }
    }

    /// Gone when it is tried again: two transactions wanted each other's rows, or a connection broke.
    var isPassing: Bool {
        switch self {
        case .lost, .overtaken: true
        case .refused(let code, _): code == "40P01" || code == "40001"
        case .silent, .dragged: false
        }
    }
}

extension StoreFailure {
    /// What a body threw, for its caller.
    init(_ error: any Error) {
        switch error {
        case let failure as StoreFailure: self = failure
        case let failure as StatementFailure: self = failure.forCaller
        case let repeated as Repeated: self = .repeated(repeated.repetition)
        default: self = .unavailable("\(error)")
        }
    }
}
