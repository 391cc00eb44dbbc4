import ArgumentParser
import Foundation

/// Which calls a command over many is about.
struct CallFilterOptions: ParsableArguments {
    @Flag(help: "All calls that are not over; the options below leave some out.")
    var all = false

    @Option(help: "Only this agent's.")
    var agent: String?

    @Option(help: "Only this batch's.")
    var batch: String?

    @Option(help: ArgumentHelp("Only with this number.", valueName: "number"))
    var phone: String?

    @Option(help: ArgumentHelp("Only these; may be repeated.", valueName: "status"))
    var status: [String] = []

    var narrows: Bool { agent != nil || batch != nil || phone != nil || !status.isEmpty }

    func validate() throws {
        if let wrong = status.first(where: { !CallRow.openStatuses.contains($0) }) {
            throw ValidationError(
                "\(wrong.harmless) cannot be cancelled: \(CallRow.openStatuses.joined(separator: ", ")).")
        }
        if narrows, !all { throw ValidationError("For many calls --all must be said.") }
    }

    /// The API's filter; `{"all": true}` where nothing narrows it.
    var json: [String: Any] {
        var filter: [String: Any] = [:]
        if let agent { filter["agentId"] = agent }
        if let batch { filter["batchId"] = batch }
        if let phone { filter["phoneNumber"] = phone }
        if !status.isEmpty { filter["status"] = status }
        return filter.isEmpty ? ["all": true] : filter
    }
}
