# For scripts that run Switchboard: source it. Everything that `start` starts is stopped at the end, by its process id.

started=()
scratch_folder=$(mktemp -d)
# Nothing of the caller's environment may send calls to a real phone or open a real database.
unset LIVEKIT_URL LIVEKIT_API_KEY LIVEKIT_API_SECRET DATABASE_URL
for name in $(compgen -e | grep -E '^(SWITCHBOARD|SANDBOX)_' || true); do unset "$name"; done

stop_all() {
    local code=$? pid
    trap - EXIT
    for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${started[@]}"; do
        for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$scratch_folder"
    exit "$code"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# find_binary: the release binary where there is one, else the debug binary. BINARY names another.
find_binary() {
    local build=${SCRATCH:-.build}
    BINARY=${BINARY:-}
    if [ -z "$BINARY" ] && [ -x "$build/release/switchboard" ]; then BINARY=$build/release/switchboard; fi
    if [ -z "$BINARY" ] && [ -x "$build/debug/switchboard" ]; then BINARY=$build/debug/switchboard; fi
    if [ -z "$BINARY" ]; then
        Scripts/setup run
        swift build --scratch-path "$build" --product switchboard
        BINARY=$build/debug/switchboard
    fi
    BINARY=$(realpath "$BINARY")
}

# start NAME COMMAND...: starts it, with NAME.out and NAME.log in the scratch folder.
start() {
    local name=$1
    shift
    "$@" >"$scratch_folder/$name.out" 2>"$scratch_folder/$name.log" &
    started+=($!)
}

# address NAME WHAT: waits until NAME has printed the line `WHAT: URL`, and prints the URL.
address() {
    local name=$1 what=$2 url pid=${started[-1]}
    for _ in $(seq 300); do
        url=$(sed -n "s/^$what: //p" "$scratch_folder/$name.out" | head -n 1)
        if [ -n "$url" ]; then echo "$url" && return; fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "$name did not start:" >&2
    tail -n 20 "$scratch_folder/$name.log" >&2
    return 1
}

# start_server: a server with a sandbox within, on free ports and a database of its own; sets URL and SANDBOX.
start_server() {
    export DATABASE_URL="sqlite:$scratch_folder/switchboard.sqlite"
    SWITCHBOARD_PORT=0 SANDBOX_PORT=0 start server "$BINARY" serve
    URL=$(address server switchboard)
    SANDBOX=$(address server sandbox)
}

# make_key ORGANIZATION [OPTION...]: prints a new key.
make_key() { "$BINARY" keys create --organization "$1" "${@:2}" --json | jq -er .key; }
