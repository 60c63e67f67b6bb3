#!/usr/bin/env bash
# The load-test standard (STANDARD.md), run: overload, recovery with and without traffic, a set too heavy for the
# smallest share, HTTP-bound overload, bursts; probes during all of it. Prints each claim with what was measured and its
# limit, and ends with PASS or FAIL and exit status 0 or 1.
#
#   tests/bench/standard.sh [--short] [--scenario NAME]... [--json FILE]
#     --short           the same claims in 90 s, with limits that allow for a short run's noise (the test bench.standard)
#     --scenario NAME   only this one: overload10, recovery, too_heavy, http_bound, burst
#     --json FILE       writes all that was measured, the time lines included
#
# A scenario that fails is tried once more, and the report tells it. Builds the release preset, unless
# PROMOGATE_BUILD_DIR names a finished build. Needs two cores: the gateway gets one of its own.
set -euo pipefail

fail() {
    echo "standard.sh: $*" >&2
    exit 2
}

form=full options=()
while [ $# -gt 0 ]; do
    case $1 in
    --short) form=short ;;
    --scenario | --json)
        [ -n "${2:-}" ] || fail "$1 takes a value"
        if [ "$1" = --json ]; then options+=(--json "$(realpath -m "$2")"); else options+=(--scenario "$2"); fi
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
command -v /usr/bin/python3 >/dev/null || fail "python3 is missing (apt-get install python3)"
[ "$(nproc)" -ge 2 ] || fail "two cores are needed: one for the gateway, one for the load"

if [ -z "${PROMOGATE_BUILD_DIR:-}" ]; then
    log=$(mktemp)
    if ! { cmake --preset release && cmake --build build/release --target promogate promoctl bench_load bench_open \
        bench_evaluate; } >"$log"; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        fail "the release build failed"
    fi
    rm -f "$log"
    export PROMOGATE_BUILD_DIR=build/release
fi

export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 tests/bench/overload.py --form "$form" "${options[@]}"
