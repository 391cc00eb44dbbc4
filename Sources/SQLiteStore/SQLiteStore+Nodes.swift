package import CallControl
package import CallCore

extension SQLiteStore: NodeRegister {
    /// One server has the file to itself.
    package func announce(_ node: String, at now: Moment, until: Moment) async throws(StoreFailure) -> Int { 1 }
}
