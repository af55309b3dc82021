// swift-tools-version: 6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "tributary",
    products: [
        .executable(name: "listener", targets: ["listener"]),
        .executable(name: "merger", targets: ["merger"]),
    ],
    traits: [
        .default(enabledTraits: ["FastCompression"]),
        .trait(
            name: "FastCompression",
            description: "Deflate and inflate whole members with libdeflate instead of zlib."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CPosix"),
        .target(name: "CScan"),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        .target(
            name: "Shared",
            dependencies: [
                "CCurl", "CPosix", "CScan", "CZlib",
                .target(name: "CDeflate", condition: .when(traits: ["FastCompression"])),
                crypto, logging,
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "listener",
            dependencies: [
                "Shared", "CCurl", argumentParser, crypto, logging, metrics, nioCore, nioHTTP,
                nioPosix,
                unixSignals,
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "merger",
            dependencies: ["Shared", "CSQLite", argumentParser, crypto, logging, unixSignals],
            swiftSettings: swiftSettings),

        .executableTarget(
            name: "simulator",
            dependencies: [argumentParser, crypto],
            path: "Tests/Simulator", exclude: ["README.md"],
            swiftSettings: swiftSettings),
        .target(
            name: "TestSupport",
            dependencies: ["Shared"],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SharedTests", dependencies: ["Shared", "TestSupport", "CScan", crypto],
            exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ListenerTests",
            dependencies: ["listener", "Shared", "TestSupport", logging, metrics],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "MergerTests",
            dependencies: ["merger", "Shared", "TestSupport", argumentParser, logging],
            exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(name: "TidyTests", swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)
