/// What may go wrong between a node and LiveKit, and how likely it is for one request.
enum Fault: CaseIterable, Sendable {
    /// The connection is refused: certainly nothing happened.
    case refused
    /// The connection is lost before LiveKit reads the request, or after it was carried out.
    case lost, reset
    /// No answer until the client gives up; nothing happened, or all of it.
    case hang, hangAfter
    /// It happens, but late: up to many seconds.
    case slow
    /// 503, and nothing happened, or all of it.
    case unavailable, late
    /// 429 and 401: nothing happened.
    case busy, unauthenticated
    /// 200, and nothing happened.
    case lie
    /// It happened, and the answer cannot be read.
    case garbled
}

/// How bad the weather of one seed is.
struct Weather: Sendable {
    /// Trouble with one method only, most of the time: what a bit of everything seldom brings together.
    struct Focus: Sendable {
        let method: LiveKitRequest.Method
        let fault: Fault
        let probability: Double
    }

    /// By the place in `Fault.allCases`.
    var faults = [Double](repeating: 0, count: Fault.allCases.count)
    var focus: [Focus] = []
    /// Dials that LiveKit carries out after their deadline: a request that lay about somewhere.
    var lateDial: Double = 0
    /// How long a request and its answer travel, in milliseconds each.
    var travel: ClosedRange<Int64> = 0...3

    /// How the store is for a node: pauses round every verb, seldom long ones, and failures before anything was written.
    var storePause: Double = 0
    var storeStall: Double = 0
    var storeFailure: Double = 0

    /// Connections that a server of a store loses on a journey, and news between nodes that get lost.
    var storeCut: Double = 0
    var telegramLoss: Double = 0

    var webhookDrop: Double = 0
    var webhookTwice: Double = 0
    var webhookLate: Double = 0
    /// Milliseconds.
    var webhookDelay: ClosedRange<Int64> = 1...3_000

    static let calm = Weather()

    var isCalm: Bool {
        faults.allSatisfy { $0 == 0 } && focus.isEmpty && storeStall == 0 && storeFailure == 0 && webhookDrop == 0
            && storeCut == 0
            && webhookLate == 0
            && travel.upperBound <= 3
    }

    /// A few kinds of trouble, not a bit of everything: some faults show only where others are away.
    init(_ chance: Chance) {
        for kind in faults.indices where chance.strikes(0.2) { faults[kind] = chance.pick([0.01, 0.05, 0.2]) }
        for _ in 0..<chance.pick([0, 0, 1, 2]) {
            focus.append(
                Focus(
                    method: chance.pick(LiveKitRequest.Method.allCases), fault: chance.pick(Fault.allCases),
                    probability: chance.pick([0.3, 0.8, 1])))
        }
        if chance.strikes(0.1) { lateDial = 0.5 }
        travel = chance.pick([0...1, 0...3, 0...20, 5...120, 0...800])
        storePause = chance.pick([0, 0.05, 0.3])
        storeStall = chance.pick([0, 0, 0.002, 0.01])
        storeFailure = chance.pick([0, 0, 0.005, 0.03])
        webhookDrop = chance.pick([0, 0, 0.1, 0.5, 1])
        webhookTwice = chance.pick([0, 0, 0.2])
        webhookLate = chance.pick([0, 0, 0.2, 0.6])
        webhookDelay = chance.pick([1...50, 1...3_000, 500...28_000])
    }

    private init() {}
}
