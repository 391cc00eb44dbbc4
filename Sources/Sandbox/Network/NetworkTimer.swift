/// What the network does by itself when its time comes.
///
/// Each looks again whether it still applies.
enum NetworkTimer: Sendable {
    /// The SIP participant of this leg comes into the room.
    case join(Int)
    case becomeActive(Int)
    case invite(Int)
    /// A dial that does not wait for the answer returns.
    case placed(Int)
    case ring(Int)
    /// The phone answers or refuses.
    case react(Int)
    /// A ringing phone gives up by itself.
    case giveUpRinging(Int)
    case phoneHangsUp(Int)
    case ringingTimeout(Int)
    /// The server's own limit of a dial.
    case deadline(Int)
    case maxCallDuration(Int)
    /// LiveKit's CANCEL or BYE reaches the phone.
    case hangUp(Int)
    /// The SIP participant leaves the room after its call ended by itself.
    case leave(Int, Departure)
    case reply(Int, DialReply)
    /// The dial of a call that was thrown out of its room returns.
    case replyAfterCancel(Int)
    case agentJoins(String)
    case agentLeaves(room: String, participantSID: String)
    /// The agent deletes the room of this leg.
    case agentHangsUp(Int)
    case closeIfEmpty(room: String, sid: String)
}
