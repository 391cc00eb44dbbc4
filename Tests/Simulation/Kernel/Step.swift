/// Something that is ready to run.
struct Step {
    enum Work {
        case job(UnownedJob)
        /// What a lane does between its jobs: it sends what its transaction has asked.
        case turn(@Sendable () -> Void)
    }

    let work: Work
    let node: NodeExecutor
    /// The lane of the node's store where it runs; nil for all that is not done in a store.
    var seat: SimulatedSeat?
    /// Its place in the order of coming.
    var number = 0

    func isJob(on seat: SimulatedSeat) -> Bool {
        guard self.seat === seat, case .job = work else { return false }
        return true
    }

    func run() {
        switch work {
        case .turn(let body): body()
        case .job(let job):
            if let seat {
                job.runSynchronously(
                    isolatedTo: seat.asUnownedSerialExecutor(), taskExecutor: seat.asUnownedTaskExecutor())
            } else {
                job.runSynchronously(on: node.asUnownedTaskExecutor())
            }
        }
    }
}
