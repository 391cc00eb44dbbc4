import CallControl

#if PostgreSQL
    import PostgresStore

    // What this module wants of a PostgreSQL, in one place beside `DatabaseCopy`: a program can be built without libpq.
    extension PostgresAddress {
        /// Whether libpq reads it as it was meant.
        var isReadable: Bool { ServerAddress.isReadable(reveal()) }

        func open() throws(StoreFailure) -> any Store {
            let migrator = try Migrator(reveal())
            switch try migrator.standing() {
            case .empty: _ = try Self.migrate(migrator)
            case .current: break
            case .unfinishedCopy: throw Self.unfinished
            // Not by itself: older nodes may be at work, and whoever updates them knows when.
            case .behind(let version):
                throw .unavailable(
                    """
                    its tables are at version \(version), and this program speaks \(Migrator.version): run \
                    `switchboard migrate` first
                    """)
            case .ahead(let version): throw Self.tooNew(version)
            }
            return PostgresStore(reveal())
        }

        /// Brings it to this program's version; returns what was done.
        func migrate() throws(StoreFailure) -> [String] {
            let migrator = try Migrator(reveal())
            switch try migrator.standing() {
            case .ahead(let version): throw Self.tooNew(version)
            case .unfinishedCopy: throw Self.unfinished
            case .empty, .current, .behind: return try Self.migrate(migrator)
            }
        }

        static func migrate(_ migrator: Migrator) throws(StoreFailure) -> [String] {
            try migrator.migrate(at: SystemClock().now, installation: Identifiers().base62(6))
        }

        /// Half of an installation would dial, and know nothing of the other half.
        private static let unfinished = StoreFailure.unavailable(
            "a copy into it has not ended: begin that again with `switchboard copy --restart`")

        private static func tooNew(_ version: Int) -> StoreFailure {
            .unavailable(
                """
                its tables are at version \(version), and this program speaks \(Migrator.version): update this program, whose \
                rows would be misread
                """)
        }

        /// What its nodes tell each other by.
        func wire(of node: String) -> (any NodeWire)? { Telegraph(reveal(), node: node) }
    }

    extension Telegraph: NodeWire {}
#else
    extension PostgresAddress {
        static let missing =
            "this program was built without PostgreSQL: build it with its trait PostgreSQL, or use sqlite:PATH"

        var isReadable: Bool { true }
        func open() throws(StoreFailure) -> any Store { throw .unavailable(Self.missing) }
        func migrate() throws(StoreFailure) -> [String] { throw .unavailable(Self.missing) }
        func wire(of node: String) -> (any NodeWire)? { nil }
    }
#endif
