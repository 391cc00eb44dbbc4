import CallControl
import CallCore
import Dispatching
import Sandbox

/// All that is going to happen in a seed, as far as it can be said before: drawn from the seed alone.
struct Plan: Sendable {
    /// Something that happens at its time.
    enum Happening: Sendable {
        /// A client schedules this call, or tries to until somebody takes it.
        case schedule(Int)
        /// So many clients cancel this call at once.
        case cancel(Int, copies: Int)
        /// A node dies some steps later, wherever that is, and comes back after a while.
        case crash(node: Int, steps: Int, away: Int64)
        /// A node stands still, as a process that is stopped and goes on.
        case pause(node: Int, steps: Int, length: Int64)
        case outage(Sky.Outage, length: Int64)
        /// An agent is switched off and on again.
        case agentOff(Int, length: Int64)
        /// Somebody else deletes the room of this call.
        case deleteRoom(Int)
        /// The voice agent of this call goes home.
        case agentLeaves(Int)
        /// A stop is set, and released after a while.
        case stop(Scope, Stop.Live, Stop.Queue, length: Int64)
        /// One request cancels many.
        case bulkCancel(Bulk, Stop.Live)
        /// An agent or the organization is given a window that is closed for some minutes, and loses it after a while.
        case window(WindowPlace, Closed, length: Int64)
    }

    enum WindowPlace {
        case agent(Int)
        case organization
    }

    /// The minute from the beginning of the seed from which phones may not ring, and how many there are of them.
    struct Closed {
        var from: Int
        var minutes: Int

        /// Open on all other minutes of the day.
        func window(from start: Moment) -> CallWindow? {
            let first = Int(start.milliseconds / 60_000) + from
            return CallWindow(start: (first + minutes) % 1440, end: first % 1440, zone: .utc)
        }
    }

    enum Scope: Sendable {
        case all
        case agent(Int)
        /// The number of this call.
        case number(Int)
    }

    enum Bulk: Sendable {
        /// These of the plan, as far as they are known.
        case calls([Int])
        case all
        case agent(Int)
    }

    struct PlannedCall: Sendable {
        var number: String
        var agent: Int
        var priority: Int
        /// Milliseconds from its being asked for; nil is now.
        var delay: Int64?
        var retries: PlannedRetries?
        /// Of its own; nil: none.
        var closed: Closed?
    }

    struct PlannedRetries: Sendable {
        var most: Int
        /// Milliseconds after the end of an attempt.
        var intervals: [Int64]
        /// Milliseconds from its being asked for, in place of intervals.
        var moments: [Int64]?
        var onFailed: Bool

        func plan(from moment: Moment) -> RetryPlan {
            let after = RetryPlan.Times.after(intervals.map { .milliseconds($0) })
            return RetryPlan(
                maxRetries: most, times: moments.map { .at($0.map { moment + .milliseconds($0) }) } ?? after,
                onFailed: onFailed)
        }
    }

    struct PlannedAgent: Sendable {
        var agentName: String?
        var ringingTimeout: Int
        var maxCallDuration: Int
    }

    let seed: UInt64
    var network = NetworkSettings()
    var weather = Weather.calm
    var policy = DispatchPolicy()
    var nodes = 1
    /// How far the nodes' clocks are ahead, in milliseconds.
    var skews: [Int64] = [0, 0]
    var agents: [PlannedAgent] = []
    var calls: [PlannedCall] = []
    /// In milliseconds from the start.
    var happenings: [(at: Int64, what: Happening)] = []
    /// From then on nothing goes wrong any more.
    var stormEnds: Int64 = 1_000

    /// A plan in which nothing happens yet.
    init(bare seed: UInt64) { self.seed = seed }

    /// Nothing goes wrong at all: then silence must come quickly.
    var isCalm: Bool {
        weather.isCalm && nodes == 1
            && happenings.allSatisfy { happening in
                switch happening.what {
                case .schedule, .cancel, .agentOff, .stop, .bulkCancel, .agentLeaves, .window: true
                case .crash, .pause, .outage, .deleteRoom: false
                }
            }
    }

    /// Some node is at work all the time, and its store with it.
    var isSteady: Bool {
        weather.storeFailure == 0 && weather.storeStall == 0 && weather.storeCut == 0
            && happenings.allSatisfy { happening in
                switch happening.what {
                case .crash, .pause: false
                case .schedule, .cancel, .agentOff, .stop, .bulkCancel, .agentLeaves, .outage, .deleteRoom, .window:
                    true
                }
            }
    }
}
