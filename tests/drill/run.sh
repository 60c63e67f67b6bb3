#!/usr/bin/env bash
# The outage, replayed: a server that fetches one Redis value per request and parses it, and promogate, with the
# incident's 14 policies in both, under the same load. Then Redis dies.
#
#   tests/drill/run.sh [--short] [--rounds N] [--seconds N] [--json FILE]
#     --short       one round of 2 s, faults of 2 s: the claims, not the figures (below 25 s; the test drill.short)
#     --rounds N    rounds of load, of which the medians are printed (5)
#     --seconds N   how long a round loads each server (5)
#     --json FILE   writes all that was measured
#
# Prints a table in Markdown and the claims that must hold; exit status 1 when one does not. Redis, the servers and the
# callers are started here, on free ports of loopback, and are stopped whatever happens. Builds the release preset,
# unless PROMOGATE_BUILD_DIR names a finished build. README.md tells how to read the table.
set -euo pipefail

fail() {
    echo "run.sh: $*" >&2
    exit 2
}

rounds=5 seconds=5 fault_seconds=5 json=()
while [ $# -gt 0 ]; do
    case $1 in
    --short) rounds=1 seconds=2 fault_seconds=2 ;;
    --rounds | --seconds)
        [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || fail "$1 takes 1 to 99"
        if [ "$1" = --rounds ]; then rounds=$2; else seconds=$2; fi
        shift
        ;;
    --json)
        [ -n "${2:-}" ] || fail "--json takes a file"
        json=(--json "$(realpath -m "$2")")
        shift
        ;;
    --help | -h)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) fail "unknown option $1; see --help" ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in redis-server /usr/bin/python3; do
    command -v "$program" >/dev/null || fail "$program is missing (apt-get install redis-server python3)"
done

if [ -z "${PROMOGATE_BUILD_DIR:-}" ]; then
    log=$(mktemp)
    if ! { cmake --preset release && cmake --build build/release --target promogate promoctl bench_load baseline; } \
        >"$log"; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        fail "the release build failed"
    fi
    rm -f "$log"
    export PROMOGATE_BUILD_DIR=build/release
fi

export PYTHONDONTWRITEBYTECODE=1
driver=
cleanup() {
    if [ -n "$driver" ] && kill -0 "$driver" 2>/dev/null; then
        kill -TERM "$driver" # it stops what it started, each by its pid
        wait "$driver" || true
    fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

/usr/bin/python3 tests/drill/drill.py --rounds "$rounds" --seconds "$seconds" --fault-seconds "$fault_seconds" \
    "${json[@]}" &
driver=$!
wait "$driver"
