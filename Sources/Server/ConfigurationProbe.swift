import AsyncHTTPClient
import Foundation
import LiveKit

/// Tries what the settings name: LiveKit's credentials, the trunk, the database.
package struct ConfigurationProbe: Sendable {
    /// What one trial came to.
    package enum Finding: Sendable, Equatable {
        case works(String, detail: String)
        case fails(SettingsFault.Fault)
        /// There is nothing to try.
        case skipped(String, why: String)
    }

    private let settings: Settings
    private let timeout: Duration

    /// - Parameter timeout: of each question to LiveKit.
    package init(settings: Settings, timeout: Duration = .seconds(5)) {
        self.settings = settings
        self.timeout = timeout
    }

    /// Tries all, also after a failure.
    package func run() async -> [Finding] {
        var findings = [await database()]
        if let folder = settings.retention?.archive { findings.append(archive(folder)) }
        guard let liveKit = settings.liveKit else {
            findings.append(.skipped("LiveKit", why: "LIVEKIT_URL is not set: calls go to the sandbox within"))
            return findings
        }
        let http = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            configuration: LiveKitClient.httpConfiguration(connectionsPerHost: 2))
        let client = LiveKitClient(
            url: liveKit.url, key: await APIKey(liveKit.key, secret: liveKit.secret.reveal()), dials: http,
            others: http,
            timeout: timeout, now: { Date() })
        findings += await self.liveKit(client, at: liveKit.url)
        try? await http.shutdown()
        return findings
    }

    private func database() async -> Finding {
        do {
            _ = try await KeyRing.open(settings.database)
            return .works("database", detail: settings.database.description)
        } catch {
            return .fails(
                .init(
                    SettingKey.databaseURL.rawValue, settings.database.explanation(of: error),
                    advice: "check the path and who may write there"))
        }
    }

    private func archive(_ folder: String) -> Finding {
        do {
            _ = try FileArchive(folder: folder)
            return .works("archive", detail: folder)
        } catch {
            return .fails(
                .init(SettingKey.archive.rawValue, "\(error)", advice: "name a folder that is there and may be written")
            )
        }
    }

    private func liveKit(_ client: LiveKitClient, at url: ServerURL) async -> [Finding] {
        var findings: [Finding] = []
        do {
            let rooms = try await client.listRooms(retries: .never)
            findings.append(.works("LiveKit", detail: "\(url) lets us in, \(rooms.count) rooms"))
        } catch {
            return [.fails(Self.fault(of: error))]
        }
        guard let trunk = settings.trunk else {
            return findings + [.skipped("trunk", why: "SWITCHBOARD_TRUNK_ID is not set: every agent must name its own")]
        }
        let key = SettingKey.trunkID.rawValue
        do {
            // An unknown id comes back as an empty trunk.
            let trunks = try await client.listSIPOutboundTrunk(ids: [trunk], retries: .never)
            if let found = trunks.first(where: { $0.sipTrunkID == trunk }) {
                findings.append(.works("trunk", detail: "\(trunk) \(found.name.shown)"))
            } else {
                findings.append(
                    .fails(.init(key, "LiveKit knows no outbound trunk \(trunk)", advice: "see `lk sip outbound list`"))
                )
            }
        } catch {
            findings.append(.fails(.init(key, "\(error)", advice: "the API key needs the grant sip.admin")))
        }
        return findings
    }

    private static func fault(of error: LiveKitError) -> SettingsFault.Fault {
        switch error {
        case .refused(401, _), .refused(403, _), .answered:
            .init(
                "LIVEKIT_API_KEY, LIVEKIT_API_SECRET", "\(error)",
                advice: "use a key and secret of this very LiveKit server")
        case .refused, .malformed:
            .init(SettingKey.liveKitURL.rawValue, "\(error)", advice: "check that this is LiveKit's own address")
        case .unreachable(let why), .interrupted(let why):
            // The questions only look, so it does not matter whether one had left.
            .init(
                SettingKey.liveKitURL.rawValue, "no answer: \(why)",
                advice: "check that the server runs and can be reached from here")
        }
    }
}
