package import CallCore

/// The one door through which news of a room reach a call, whether a webhook, a poll or the reconciler brings them.
package struct CallReports: Sendable {
    let store: any CallStore
    let bell: Bell
    let clock: any WallClock
    let signals: RoomSignals
    let installation: String

    package init(
        store: any CallStore, bell: Bell, clock: any WallClock, signals: RoomSignals, installation: String
    ) {
        self.store = store
        self.bell = bell
        self.clock = clock
        self.signals = signals
        self.installation = installation
    }

    /// Tells the call of a room what happened there.
    ///
    /// Rooms of others are none of our business: nothing happens.
    package func report(_ event: CallEvent, from room: RoomName) async throws(StoreFailure) {
        guard let (id, _) = room.call(installation: installation) else { return }
        let now = clock.now
        let decided = try await store.decide(id, proving: nil, claimingUntil: nil, at: now) { call, scene in
            call.receiving(event, about: room, in: scene, at: now)
        }
        switch decided?.verdict {
        case .moved, .noted: bell.ring()
        case .stayed, .refused, .leaseLost: break
        case nil:
            // A room of this installation whose call is unknown, for example after a restored backup: nobody needs it.
            try await store.terminate(room, at: now)
            bell.ring()
        }
        signals.signal(room)
    }
}
