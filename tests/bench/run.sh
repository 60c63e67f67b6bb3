#!/usr/bin/env bash
# Prints the numbers that promogate promises, as ratios from one run.
#
#   tests/bench/run.sh [--quick] [--rounds N] [--strict]
#     --quick    3 short rounds instead of 7
#     --strict   exit 1 when a goal falls short (it is always printed)
#
# How the HTTP figures are made. promogate (one worker) and nginx (one worker, `return 200` with as many bytes as
# promogate's median answer, the same content type) are pinned to one core, the client to another. A round starts both
# afresh and alternates slices of 10000 keep-alive requests on 16 connections, a few milliseconds apart and in mirrored
# order, so that both meet the same moods of the machine. The client sends both the same bytes; nginx looks at neither
# the query nor the body of a POST, which it reads and discards. CPU is user and system time of all the process's
# threads by the scheduler's count, less what it uses when idle, divided by the requests answered. The figure is the
# ratio of the medians over the rounds. A second nginx is measured against the first: how far that ratio is from 1 is
# how far the others can be trusted.
set -euo pipefail

fail() {
    echo "run.sh: $*" >&2
    exit 2
}

rounds=7 slices=8 strict=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) rounds=3 slices=3 ;;
    --rounds)
        [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || fail "--rounds takes 1 to 99"
        rounds=$2
        shift
        ;;
    --strict) strict=(--strict) ;;
    --help | -h)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) fail "unknown option $1; see --help" ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in nginx taskset cmake ninja /usr/bin/python3; do
    command -v "$program" >/dev/null || fail "$program is missing (apt-get install nginx-light util-linux cmake ninja-build python3)"
done
[ "$(nproc)" -ge 2 ] || fail "two cores are needed: one for the server, one for the client"

export PYTHONDONTWRITEBYTECODE=1
folder=$(mktemp -d)
driver=
cleanup() {
    if [ -n "$driver" ] && kill -0 "$driver" 2>/dev/null; then
        kill -TERM "$driver" # it stops the servers that it started, each by its pid
        wait "$driver" || true
    fi
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

cmake --preset release >"$folder/build.log" && cmake --build build/release --target promogate bench_load bench_evaluate \
    >>"$folder/build.log" || { tail -n 30 "$folder/build.log" >&2; fail "the release build failed"; }

echo "machine   $(lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) cores, Linux $(uname -r)"
echo "date      $(date -u +%Y-%m-%dT%H:%MZ), load average before the run $(cut -d' ' -f1 /proc/loadavg)"
echo "versions  promogate $(build/release/promogate --version | head -n 1), $(nginx -v 2>&1 | sed 's/nginx version: //'), libmicrohttpd $(pkg-config --modversion libmicrohttpd)"
echo
/usr/bin/python3 tests/bench/measure.py --build "$PWD/build/release" --folder "$folder" --rounds "$rounds" \
    --slices "$slices" "${strict[@]}" &
driver=$!
wait "$driver"
