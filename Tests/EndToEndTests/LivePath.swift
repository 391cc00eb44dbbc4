import Testing

/// The path over real sockets, one test after the other.
///
/// Milliseconds matter here, so nothing else may run beside it: `make test` runs this target by itself.
@Suite(.serialized) enum LivePath {}
