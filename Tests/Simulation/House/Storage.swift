import CallControl
import SQLiteStore

typealias WholeStore = CallStore & AgentStore & OrganizationStore & OperationStore & StopStore

/// The one store of a seed, as its nodes open it.
protocol Storage: AnyObject {
    /// For the simulation's own looks, which take no time.
    var own: any WholeStore { get }
    /// Where the answer of a verb is told to the auditor: before anybody else does anything, and though its node be halted meanwhile.
    /// Nil: that is so anyway.
    var clerk: NodeExecutor? { get }
    var contention: Contention? { get }
    /// As a node that starts opens it.
    func open(on node: NodeExecutor) -> any WholeStore
    /// The process is gone, and with it whatever it had begun.
    func died(_ node: NodeExecutor)
    /// The process stands still, and keeps what it had begun.
    func halted(_ node: NodeExecutor)
}

/// SQLite in memory, of which all nodes have the same: one of its transactions is one step.
final class MemoryStorage: Storage {
    let own: any WholeStore
    let clerk: NodeExecutor? = nil
    let contention: Contention? = nil

    init() throws(StoreFailure) { own = try SQLiteStore(.memory, installation: Auditor.installation) }

    func open(on node: NodeExecutor) -> any WholeStore { own }
    func died(_ node: NodeExecutor) {}
    func halted(_ node: NodeExecutor) {}
}
