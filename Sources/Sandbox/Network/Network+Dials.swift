import LiveKit

/// The outbound trunk that the sandbox owns.
package enum SandboxTrunk {
    package static let id = "ST_sandbox"
    package static let name = "sandbox"
    package static let number = "+15005550100"
    package static let address = "sip.sandbox.invalid"
}

extension Network {
    private static let serverLimitWaiting: Int64 = 80_000
    private static let serverLimit: Int64 = 30_000
    private static let ringingDefault: Int64 = 180_000
    private static let longestCall: Int64 = 86_400_000

    /// Takes a dial; its answer comes out of `takeReplies` under the number that is returned, sooner or later.
    package mutating func dial(_ request: DialRequest) throws(Refusal) -> Int {
        guard request.trunkID == SandboxTrunk.id else { throw .noSuchTrunk }
        guard !request.number.isEmpty else { throw Refusal(.invalidArgument, "missing sip callee number") }
        guard !request.number.contains("@") else {
            throw Refusal(.invalidArgument, "sip_call_to should be a phone number or SIP user, not a full SIP URI")
        }
        guard !request.roomName.isEmpty else { throw Refusal(.invalidArgument, "missing room name") }
        guard request.roomName.utf8.count <= 256, request.identity.utf8.count <= 256 else {
            throw Refusal(.invalidArgument, "room name or identity is longer than 256 bytes")
        }
        let leg = Leg(
            id: legs.nextID(), dial: request,
            identity: request.identity.isEmpty ? "sip_\(request.number)" : request.identity, sipCallID: id("SCL_"),
            script: PhoneScript(number: request.number), acceptedAt: now, roomSIDAtDial: rooms[request.roomName]?.sid)
        legs.insert(leg)
        schedule(.join(leg.id), at: now + settings.joinDelay)
        let limit = request.waitsForAnswer ? Self.serverLimitWaiting : Self.serverLimit
        schedule(.deadline(leg.id), at: now + min(limit, request.timeout ?? limit))
        let longest = min(Self.longestCall, request.maxCallDuration ?? Self.longestCall)
        schedule(.maxCallDuration(leg.id), at: now + longest)
        return leg.id
    }

    // MARK: Into the room

    /// The SIP side joins.
    ///
    /// A room that was deleted since the dial comes back with a new sid.
    mutating func join(_ id: Int) {
        guard let leg = legs[id], leg.stage == .accepted else { return }
        let name = leg.dial.roomName
        if rooms[name] == nil {
            // Whether the room exists is asked before the session starts, so one that was there at the dial is made anew.
            guard settings.autoCreate || leg.roomSIDAtDial != nil else {
                legs.update(id) { $0.stage = .over }
                return schedule(.reply(id, .refused(.joinRefused)), at: leg.acceptedAt + max(25, now - leg.acceptedAt))
            }
            openRoom(RoomRequest(name: name))
            if leg.roomSIDAtDial != nil, chance.strikes(settings.undeletableShare) {
                // Ten of eleven can still be freed.
                rooms[name]?.undeletable = chance.next() % 11 == 0 ? .stubborn : .freeable
            }
        }
        var participant = Participant(sid: self.id("PA_"), identity: leg.identity, kind: .sip, joinedAt: now)
        participant.name = leg.dial.name
        participant.metadata = leg.dial.metadata
        participant.attributes = Self.attributes(of: leg)
        participant.leg = id
        participant.trackSID = self.id("TR_")
        admit(participant, to: name)
        legs.update(id) { leg in
            leg.stage = .joined
            leg.joinedAt = now
            leg.roomSID = rooms[name]?.sid
            leg.participantSID = participant.sid
        }
        schedule(.becomeActive(id), at: now + 3)
        schedule(.invite(id), at: now + leg.script.inviteDelay)
        if !leg.dial.waitsForAnswer { schedule(.placed(id), at: now + 5) }
    }

    mutating func becomeActive(_ id: Int) {
        guard let leg = legs[id], let participant = leg.participantSID else { return }
        if isInRoom(leg) { activate(participant, in: leg.dial.roomName) }
    }

    /// A dial that does not wait returns as soon as its participant stands, whatever the phone will do.
    mutating func answerPlaced(_ id: Int) {
        guard let leg = legs[id], leg.stage != .accepted, !leg.isGivenUp else { return }
        answer(id, placed(leg))
    }

    func placed(_ leg: Leg) -> DialReply {
        .placed(
            participantSID: leg.participantSID ?? "", identity: leg.identity, roomName: leg.dial.roomName,
            sipCallID: leg.sipCallID)
    }

    func isInRoom(_ leg: Leg) -> Bool {
        guard let room = rooms[leg.dial.roomName], room.sid == leg.roomSID else { return false }
        return room.participants.contains { $0.sid == leg.participantSID }
    }

    /// Shows the call's status where LiveKit shows it: among the participant's attributes.
    mutating func show(_ status: String, _ id: Int) {
        guard let leg = legs[id], let participant = leg.participantSID, isInRoom(leg) else { return }
        change(participant, in: leg.dial.roomName) { $0.attributes["sip.callStatus"] = status }
    }

    private static func attributes(of leg: Leg) -> [String: String] {
        var attributes = leg.dial.attributes
        attributes["sip.callID"] = leg.sipCallID
        attributes["sip.callIDFull"] = "\(leg.sipCallID)@\(SandboxTrunk.address)"
        attributes["sip.callTag"] = String(leg.sipCallID.dropFirst(4))
        attributes["sip.trunkID"] = SandboxTrunk.id
        attributes["sip.hostname"] = SandboxTrunk.address
        if !leg.dial.hidesNumber {
            attributes["sip.phoneNumber"] = leg.dial.number
            attributes["sip.trunkPhoneNumber"] = SandboxTrunk.number
        }
        attributes["sip.callStatus"] = "dialing"
        return attributes
    }

    // MARK: The phone

    mutating func invite(_ id: Int) {
        guard let leg = legs[id], leg.stage == .joined else { return }
        legs.update(id) { leg in
            leg.stage = .invited
            leg.inviteAt = now
        }
        schedule(.ringingTimeout(id), at: now + (leg.dial.ringingTimeout ?? Self.ringingDefault))
        if leg.script.rings {
            schedule(.ring(id), at: now + 1)
        } else {
            scheduleReaction(leg)
        }
    }

    mutating func ring(_ id: Int) {
        guard let leg = legs[id], leg.stage == .invited else { return }
        legs.update(id) { leg in
            leg.stage = .ringing
            leg.ringingAt = now
        }
        show("ringing", id)
        scheduleReaction(leg)
        if let limit = leg.script.ringLimit { schedule(.giveUpRinging(id), at: now + limit) }
    }

    private mutating func scheduleReaction(_ leg: Leg) {
        switch leg.script.reaction {
        case .answers(let delay), .refuses(_, let delay): schedule(.react(leg.id), at: now + delay)
        case .neverAnswers: break
        }
    }

    mutating func react(_ id: Int) {
        guard let leg = legs[id], leg.stage == .invited || leg.stage == .ringing else { return }
        switch leg.script.reaction {
        case .neverAnswers: break
        case .refuses(let outcome, _): refuse(leg, outcome)
        case .answers:
            legs.update(id) { leg in
                leg.stage = .talking
                leg.answeredAt = now
            }
            show("active", id)
            // An answer that LiveKit no longer waits for is ended by the hang-up that is on its way.
            guard !leg.isGivenUp else { return }
            schedule(.reply(id, placed(leg)), at: now + 3)
            if let length = leg.script.hangsUpAfter { schedule(.phoneHangsUp(id), at: now + length) }
            if let patience = leg.script.agentHangsUpAfter { schedule(.agentHangsUp(id), at: now + patience) }
        }
    }

    private mutating func refuse(_ leg: Leg, _ outcome: SIPOutcome) {
        legs.update(leg.id) { $0.stage = .over }
        guard !leg.isGivenUp else { return }
        legs.update(leg.id) { $0.isGivenUp = true }
        schedule(.leave(leg.id, outcome.departure), at: now + 2)
        schedule(.reply(leg.id, .refused(.from(outcome))), at: now + 10)
    }

    mutating func giveUpRinging(_ id: Int) {
        guard let leg = legs[id], leg.stage == .ringing else { return }
        refuse(leg, .gaveUp)
    }

    mutating func phoneHangsUp(_ id: Int) {
        guard let leg = legs[id], leg.stage == .talking else { return }
        sayBye(leg)
    }

    /// The call ends by a BYE of the callee, or at its longest duration; LiveKit shows both alike.
    mutating func sayBye(_ leg: Leg) {
        legs.update(leg.id) { leg in
            leg.stage = .over
            leg.byeAt = now
            leg.isGivenUp = true
        }
        show("hangup", leg.id)
        schedule(.leave(leg.id, .clientInitiated), at: now + 2)
    }

    mutating func leave(_ id: Int, _ departure: Departure) {
        guard let leg = legs[id], let participant = leg.participantSID, isInRoom(leg) else { return }
        takeOut(participant, of: leg.dial.roomName, departure)
    }
}
