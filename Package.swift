// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every target of the house.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatWarning("StrictLanguageFeatures", as: .error),
    .treatAllWarnings(as: .error),
]

// What each module may import from outside. Inside the package, imports point one way: see Documentation/House.md.
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let textTable: Target.Dependency = .product(name: "TextTable", package: "TextTable")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: house)
}

let package = Package(
    name: "switchboard",
    products: [.executable(name: "switchboard", targets: ["switchboard"])],
    // One trait only, for the reason below.
    traits: [
        .default(enabledTraits: ["PostgreSQL"]),
        .trait(name: "PostgreSQL", description: "The store for several nodes, over libpq."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        // One trait only: with two, the order of the compiler's flags changes from build to build and all is compiled again.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: ["ConfigurationSupport"]
        ),
        .package(url: "https://github.com/ordo-one/TextTable", exact: "0.0.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ],
    targets: [
        module("CallCore", []),
        module("CallControl", ["CallCore", logging, nioLocks, crypto]),
        module("StoredRows", ["CallCore", "CallControl"]),
        module("SQLiteStore", ["CallCore", "CallControl", "StoredRows", grdb, nioLocks]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        module("PostgresStore", ["CallCore", "CallControl", "StoredRows", "CPostgres", lifecycle, nioLocks]),
        .target(
            name: "LiveKit", dependencies: [httpClient, jwt, protobuf, crypto, nioCore, nioHTTP, nioLocks],
            exclude: ["Protocol/livekit.proto"], swiftSettings: house),
        module("LiveKitPhone", ["CallCore", "CallControl", "LiveKit", logging, nioLocks, protobuf]),
        module(
            "Sandbox",
            ["LiveKit", hummingbird, protobuf, httpClient, logging, nioCore, nioHTTP, nioLocks, httpTypes, lifecycle]),
        module("Dispatching", ["CallCore", "CallControl", lifecycle, logging, coreMetrics, nioLocks]),
        module(
            "HTTPAPI",
            [
                "CallCore", "CallControl", hummingbird, hummingbirdCore, crypto, logging, nioCore, nioLocks,
                nioHTTPTypes,
                httpTypes,
            ]),
        module(
            "Server",
            [
                "CallCore", "CallControl", "StoredRows", "SQLiteStore", "LiveKit", "LiveKitPhone", "Sandbox",
                "Dispatching", "HTTPAPI", .target(name: "PostgresStore", condition: .when(traits: ["PostgreSQL"])),
                configuration, lifecycle, unixSignals, logging, hummingbird, httpClient, nioCore, nioLocks, coreMetrics,
                crypto,
            ]),
        module("CSV", []),
        .executableTarget(
            name: "switchboard",
            dependencies: [
                "Server", "Sandbox", "CSV", argumentParser, textTable, httpClient, nioCore, nioHTTP, nioLocks,
                lifecycle,
                unixSignals,
                logging,
            ],
            swiftSettings: house),
        tests("LiveKitTests", ["LiveKit", httpClient, protobuf, nioCore, nioPosix, nioHTTP, nioLocks]),
        tests(
            "ServerTests",
            ["Server", "CallCore", "CallControl", "LiveKit", configuration, logging, coreMetrics, nioCore, nioLocks]),
        .target(
            name: "TestSupport", dependencies: ["CallCore", "CallControl", "PostgresStore", "CPostgres", nioLocks],
            path: "Tests/TestSupport", swiftSettings: house),
        .target(
            name: "Simulation",
            dependencies: [
                "CallCore", "CallControl", "SQLiteStore", "PostgresStore", "LiveKit", "LiveKitPhone", "Sandbox",
                "Dispatching", "TestSupport", logging, nioLocks, protobuf,
            ], path: "Tests/Simulation", swiftSettings: house),
        .executableTarget(
            name: "simulate", dependencies: ["Simulation", argumentParser, nioLocks], path: "Tests/Simulate",
            swiftSettings: house),
        tests("SimulationTests", ["Simulation"]),
        .executableTarget(
            name: "drain",
            dependencies: ["CallCore", "CallControl", "PostgresStore", "Dispatching", argumentParser, logging],
            path: "Benchmarks/Drain", swiftSettings: house),
        tests(
            "HTTPAPITests",
            [
                "HTTPAPI", "CallCore", "CallControl", "SQLiteStore", "TestSupport", hummingbird, hummingbirdTesting,
                logging,
                nioCore, nioLocks, nioPosix, httpTypes,
            ]),
        tests(
            "SandboxTests",
            ["Sandbox", "LiveKit", httpClient, protobuf, nioCore, nioLocks, nioHTTP, logging]),
        tests("CSVTests", ["CSV"]),
        tests("CallCoreTests", ["CallCore"]),
        tests(
            "EndToEndTests",
            [
                "CallCore", "CallControl", "SQLiteStore", "LiveKit", "LiveKitPhone", "Sandbox", "Dispatching",
                httpClient, hummingbird,
                logging, nioCore, nioHTTP, nioLocks,
            ]),
        tests(
            "DispatchingTests",
            ["Dispatching", "CallCore", "CallControl", "SQLiteStore", "TestSupport", logging, coreMetrics, nioLocks]),
        tests("StoredRowsTests", ["CallCore", "CallControl", "StoredRows"]),
        tests(
            "StoreContractTests",
            [
                "CallCore", "CallControl", "SQLiteStore", "PostgresStore", "Server", "TestSupport", grdb, nioLocks,
            ]),
        tests("PostgresStoreTests", ["CallCore", "CallControl", "PostgresStore", "TestSupport", nioLocks]),
        tests(
            "LiveKitPhoneTests",
            ["LiveKitPhone", "LiveKit", "CallCore", "CallControl", "SQLiteStore", "TestSupport", logging]),
        tests("SQLiteStoreTests", ["CallCore", "CallControl", "SQLiteStore", grdb]),
    ],
    swiftLanguageModes: [.v6]
)
