import CallControl

extension Workload {
    /// As gauges in Prometheus' text format: asked of the store at the scrape, so that they are right after a restart and with several nodes.
    func exposition() -> String {
        """
        # HELP switchboard_live_calls Calls that are connecting, ringing or active.
        # TYPE switchboard_live_calls gauge
        switchboard_live_calls \(live)
        # HELP switchboard_terminations_open Rooms that are to be terminated and are not verified to be gone.
        # TYPE switchboard_terminations_open gauge
        switchboard_terminations_open \(terminations)
        # HELP switchboard_terminations_stuck Those that have been so for more than 60 s: wake somebody up.
        # TYPE switchboard_terminations_stuck gauge
        switchboard_terminations_stuck \(stuck)

        """
    }
}
