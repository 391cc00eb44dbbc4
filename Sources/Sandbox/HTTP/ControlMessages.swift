import Foundation

/// A control request whose fields are all known by name: a misspelt one is refused, not passed over.
protocol ControlRequest: Decodable {
    static var fields: Set<String> { get }
}

/// Why a control request was not carried out, for whoever wrote it.
struct ControlRefusal: Error {
    var status = 400
    let message: String
}

/// Any name of a JSON object's field.
struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
}

/// The names of a JSON object's fields.
private struct FieldNames: Decodable {
    let all: [String]

    init(from decoder: any Decoder) throws {
        all = try decoder.container(keyedBy: FieldName.self).allKeys.map(\.stringValue)
    }
}

extension ControlRequest {
    init(json: [UInt8]) throws {
        do {
            let names = try JSONDecoder().decode(FieldNames.self, from: Data(json)).all
            if let stranger = names.sorted().first(where: { !Self.fields.contains($0) }) {
                throw ControlRefusal(
                    message: "unknown field \"\(stranger)\"; known are \(Self.fields.sorted().joined(separator: ", "))")
            }
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch let error as DecodingError {
            throw ControlRefusal(message: Self.explain(error))
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            place(context).isEmpty ? "a JSON object is wanted" : "\"\(place(context))\" must be of type \(type)"
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .dataCorrupted(let context):
            place(context).isEmpty ? "this is not JSON" : "\"\(place(context))\" has a value that cannot be"
        @unknown default: "this cannot be read"
        }
    }
}

/// Refuses a number that is out of its range.
func check<Number: Comparable>(_ name: String, _ value: Number?, _ range: ClosedRange<Number>) throws {
    guard let value, !range.contains(value) else { return }
    throw ControlRefusal(message: "\"\(name)\" must be from \(range.lowerBound) to \(range.upperBound)")
}

/// The longest wait that can be asked for: a day.
let longestDelay: Int64 = 86_400_000

struct SettingsRequest: ControlRequest {
    static let fields: Set = ["joinDelayMs", "agentDelayMs", "autoCreate", "undeletableShare", "seed"]

    var joinDelayMs: Int64?
    var agentDelayMs: Int64?
    var autoCreate: Bool?
    var undeletableShare: Double?
    var seed: UInt64?

    func applied(to settings: NetworkSettings) throws -> NetworkSettings {
        try check("joinDelayMs", joinDelayMs, 0...longestDelay)
        try check("agentDelayMs", agentDelayMs, 0...longestDelay)
        try check("undeletableShare", undeletableShare, 0...1)
        return NetworkSettings(
            joinDelay: joinDelayMs ?? settings.joinDelay, agentDelay: agentDelayMs ?? settings.agentDelay,
            autoCreate: autoCreate ?? settings.autoCreate,
            undeletableShare: undeletableShare ?? settings.undeletableShare, seed: seed ?? settings.seed)
    }
}

struct SettingsBody: Encodable {
    let joinDelayMs: Int64
    let agentDelayMs: Int64
    let autoCreate: Bool
    let undeletableShare: Double
    let seed: UInt64

    init(_ settings: NetworkSettings) {
        joinDelayMs = settings.joinDelay
        agentDelayMs = settings.agentDelay
        autoCreate = settings.autoCreate
        undeletableShare = settings.undeletableShare
        seed = settings.seed
    }
}

struct FaultRequest: ControlRequest {
    static let fields: Set = ["method", "fault", "times", "delayMs"]

    var method: String
    var fault: String
    var times: Int?
    var delayMs: Int64?

    /// What takes a method's orders back.
    private static let none = "none"

    func apply(to faults: MethodFaults, known: Set<String>) throws {
        guard method == MethodFaults.every || known.contains(method) else {
            let names = ([MethodFaults.every] + known.sorted()).joined(separator: ", ")
            throw ControlRefusal(message: "no method \"\(method)\"; there are \(names)")
        }
        try check("times", times, 1...1_000_000)
        try check("delayMs", delayMs, 0...longestDelay)
        if fault == Self.none { return faults.clear(method) }
        guard let kind = MethodFaults.Kind(rawValue: fault) else {
            let kinds = (MethodFaults.Kind.allCases.map(\.rawValue) + [Self.none]).joined(separator: ", ")
            throw ControlRefusal(message: "no fault \"\(fault)\"; there are \(kinds)")
        }
        let delay = delayMs ?? (kind == .slow ? 1_000 : 0)
        faults.add(MethodFaults.Fault(kind: kind, times: times ?? 1, delay: delay), to: method)
    }
}

struct OutageRequest: ControlRequest {
    static let fields: Set = ["down"]

    var down: Bool
}

struct ClockRequest: ControlRequest {
    static let fields: Set = ["freeze", "advanceMs", "run"]

    var freeze: Bool?
    var advanceMs: Int64?
    var run: Bool?

    /// Several orders in one are carried out in this order: freeze, advance, run.
    func apply(to clock: SandboxClock) throws {
        try check("advanceMs", advanceMs, 0...365 * longestDelay)
        guard freeze == true || advanceMs != nil || run == true else {
            throw ControlRefusal(message: "one of \"freeze\": true, \"advanceMs\": n, \"run\": true is wanted")
        }
        if freeze == true { clock.freeze() }
        if let advanceMs { clock.advance(milliseconds: advanceMs) }
        if run == true { clock.run() }
    }
}

struct ClockBody: Encodable {
    let now: Int64
    let frozen: Bool
}

/// Each fault is a probability alone, or an object with a probability and a seed of its own.
struct WebhookFaultsRequest: ControlRequest {
    static let fields: Set = ["drop", "duplicate", "delay", "reorder", "seed", "delayMs"]

    struct Fault: Decodable {
        var probability: Double
        var seed: UInt64?
        var delayMs: Int64?

        enum CodingKeys: CodingKey { case probability, seed, delayMs }

        init(from decoder: any Decoder) throws {
            if let alone = try? decoder.singleValueContainer().decode(Double.self) {
                probability = alone
                return
            }
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            probability = try fields.decode(Double.self, forKey: .probability)
            seed = try fields.decodeIfPresent(UInt64.self, forKey: .seed)
            delayMs = try fields.decodeIfPresent(Int64.self, forKey: .delayMs)
        }
    }

    var drop: Fault?
    var duplicate: Fault?
    var delay: Fault?
    var reorder: Fault?
    var seed: UInt64?
    var delayMs: Int64?

    func faults() throws -> WebhookFaults {
        var faults = WebhookFaults()
        faults.drop = try fault("drop", drop)
        faults.duplicate = try fault("duplicate", duplicate)
        faults.delay = try fault("delay", delay)
        faults.reorder = try fault("reorder", reorder)
        try check("delayMs", delayMs, 0...longestDelay)
        faults.delayLength = delay?.delayMs ?? delayMs ?? faults.delayLength
        faults.reorderLength = reorder?.delayMs ?? faults.reorderLength
        return faults
    }

    private func fault(_ name: String, _ wanted: Fault?) throws -> WebhookFaults.Fault {
        try check(name, wanted?.probability, 0...1)
        try check("\(name).delayMs", wanted?.delayMs, 0...longestDelay)
        return WebhookFaults.Fault(probability: wanted?.probability ?? 0, seed: wanted?.seed ?? seed ?? 1)
    }
}
