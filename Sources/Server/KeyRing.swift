package import CallControl

/// Opens the keys of a database, for the command line: beside a running server or before the first one.
package enum KeyRing {
    /// Makes or migrates the database where that is needed.
    package static func open(_ setting: DatabaseSetting) async throws(StoreFailure) -> Keys {
        Keys(store: try setting.open(), clock: SystemClock())
    }
}
